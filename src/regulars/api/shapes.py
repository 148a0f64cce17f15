"""The shapes that the API answers with. Ids are strings, times carry their offset, money is decimal text.

Owns names and types as the outside sees them; where a value comes from is the operations' matter.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Generic, TypeVar

from ninja import Field, Schema

Item = TypeVar("Item")


class Page(Schema, Generic[Item]):
    """A page of a list; `next` is the `cursor` of the following one, null at the end."""

    items: list[Item]
    next: str | None


class BadField(Schema):
    """One thing wrong: where (a JSON pointer), what, and a code for programs."""

    pointer: str
    detail: str
    code: str


class ProblemDocument(Schema):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    code: str | None = None
    errors: list[BadField] | None = None


class LineShape(Schema):
    sku: str
    name: str
    quantity: str
    price: str
    dropped: bool = Field(description="Cancelled or returned")


class PaymentShape(Schema):
    method: str | None
    status: str | None
    paid_at: datetime | None
    paid_total: str | None
    pay_url: str | None


class DeliveryShape(Schema):
    method: str | None
    window_from: str | None
    window_to: str | None
    carrier: str | None
    tracking: str | None
    shipped_at: datetime | None
    delivered_at: datetime | None


class ChangeShape(Schema):
    """A field of an order that the desk wants changed. `change_id`: those asked for together.

    `state`: waiting, written, refused, conflict (the shop changed the same), decided, withdrawn, replaced. `told`: the shop's
    program has taken it; it is written when the shop shows the order so. `unconfirmed_at`: since when it should have.
    """

    id: str
    change_id: str
    field: str = Field(description="address, window, note, cancelled, or line:CODE")
    before: Any
    after: Any
    state: str
    reason: str | None
    told: bool
    unconfirmed_at: datetime | None = None
    asked_at: datetime
    closed_at: datetime | None


class LineChange(Schema):
    """A line by its product's code: how many there are to be (0: none), or which product comes in its place."""

    sku: str = Field(max_length=200)
    quantity: Decimal | None = None
    instead: str | None = Field(None, max_length=200, description="The code of the product that comes in its place")


class ChangesBody(Schema):
    """What is to be changed; what isn't named stays. The shop is told at once."""

    address: dict[str, str] | None = None
    window_from: datetime | None = None
    window_to: datetime | None = None
    note: str | None = Field(None, max_length=2000)
    cancel: bool = False
    lines: list[LineChange] = Field([], max_length=200)
    add: list[LineChange] = Field([], max_length=200)


class OrderShape(Schema):
    """An order as it stands. `id` is the shop's own; `person` is ours."""

    id: str
    source: str
    number: str
    person: str | None
    placed_at: datetime
    updated_at: datetime
    status: str
    currency: str
    total: str
    shipping_total: str
    discount_total: str
    payment: PaymentShape
    delivery: DeliveryShape
    cancelled_at: datetime | None
    codes: list[str]
    note: str
    live: bool = Field(description="False: history, which starts no scheme")
    versions: int = Field(description="How many states were taken in")
    lines: list[LineShape]
    changes: list[ChangeShape] = Field([], description="What the desk wants changed; of one order alone, newest first")


class SupplyShape(Schema):
    name: str
    stock: str | None
    price: str | None
    currency: str | None
    lead_days: int | None = Field(description="Days until it is here")
    updated_at: datetime


class AccessoryShape(Schema):
    sku: str
    reason: str


class OfferShape(Schema):
    price: str | None
    until: datetime | None
    text: str


class ProductShape(Schema):
    """A product as it stands. `stock` is as of `updated_at`; `price` of one piece."""

    sku: str
    name: str
    stock: str | None
    updated_at: datetime
    restock_at: datetime | None
    price: str | None
    currency: str | None
    category: str | None
    brand: str | None
    url: str | None
    picture_url: str | None
    features: dict[str, Any]
    accessories: list[AccessoryShape]
    alternatives: list[str]
    offer: OfferShape | None
    suppliers: list[SupplyShape]


class ConsentShape(Schema):
    channel: str
    purpose: str
    given: bool
    at: datetime


class InSegmentShape(Schema):
    """`since`: when the person entered; who was in when the segment was made is in since then."""

    name: str
    title: dict[str, str]
    since: datetime


class PersonShape(Schema):
    """A person. `external`: his numbers in the shop; `merged_into`: who answers for him since a merge."""

    id: str
    external: list[str]
    name: str
    first_name: str
    language: str | None
    time_zone: str | None
    birthday: date | None
    emails: list[str]
    phones: list[str]
    address: dict[str, Any]
    is_customer: bool
    customer_since: datetime | None
    merged_into: str | None
    erased_at: datetime | None
    consents: list[ConsentShape]
    segments: list[InSegmentShape] = Field(description="The segments that the person is in now, by name")


class EventShape(Schema):
    id: str
    kind: str
    occurred_at: datetime
    live: bool
    order: str | None = Field(description="The shop's own id of the order")
    data: dict[str, Any]
    cause: str | None


class CheckShape(Schema):
    """A question of the gate: passed, decided (it gave the verdict) or not_asked."""

    name: str
    result: str
    code: str


class DecisionShape(Schema):
    """A decision of a scheme; `reasons` as sentences, `record` as kept."""

    id: str
    enrolment: str
    scheme: str
    version: int
    at: datetime
    happening: str
    from_step: str | None
    to_step: str | None
    reasons: list[str]
    record: list[dict[str, Any]]


class WhyShape(Schema):
    """Why a message went, waits or didn't go, from the records alone. `known` false: the record is gone."""

    known: bool
    message: str | None
    state: str | None
    reason: str | None
    params: dict[str, Any]
    checks: list[CheckShape]
    decisions: list[DecisionShape]


class TaskShape(Schema):
    """A task. `order` is the shop's own id; `target_at` is hoped for, `due_at` the limit.

    `rule`: by which rule of the shop's order of calls it stands where it stands (missed, asked, near, message, promise,
    fresh, retry); null when it doesn't wait.
    """

    id: str
    kind: str
    team: str
    state: str
    due_at: datetime | None
    target_at: datetime | None
    order: str | None
    person: str
    why_next: str
    rule: str | None
    scheme: str | None
    step: str | None
    attempt: int
    script: str | None
    title: dict[str, str]
    outcomes: list[str]
    call_at_needed: list[str]
    not_before: datetime
    opened_at: datetime
    claimed_by: str | None
    claimed_at: datetime | None
    outcome: str | None
    note: str
    call_at: datetime | None
    finished_by: str | None
    finished_at: datetime | None
    banner: str | None
    pause: str | None = Field(description="The waiting state in which the clock stands until `not_before`, if it does")
    paused_at: datetime | None


class PauseBody(Schema):
    """The key of one of the shop's waiting states, and what is worth knowing about it."""

    state: str = Field(max_length=100)
    note: str = Field("", max_length=500)


class FinishBody(Schema):
    """An outcome of the task's own; `call_at` where the outcome asks for a time."""

    outcome: str
    note: str = Field("", max_length=10_000)
    call_at: datetime | None = None


class MessageShape(Schema):
    id: str
    person: str
    order: str | None
    enrolment: str | None
    step: str | None
    purpose: str
    by: list[str]
    channel: str | None
    template: str | None
    subject: str | None
    state: str
    reason: str | None
    meant_at: datetime
    send_after: datetime
    sent_at: datetime | None
    tries: int


class FileShape(Schema):
    name: str
    type: str
    size: int


class SaidShape(Schema):
    id: str
    inward: bool
    at: datetime
    text: str
    automatic: bool
    files: list[FileShape]
    state: str | None


class TalkShape(Schema):
    id: str
    person: str
    channel: str
    order: str | None
    opened_at: datetime
    last_at: datetime
    waits_since: datetime | None
    messages: list[SaidShape]


class AttemptShape(Schema):
    channel: str
    outcome: str
    code: str | None
    at: datetime


class MessageDetailShape(MessageShape):
    """`text` and `html`: what was written; null when not yet, or emptied after the shop's term."""

    address: str | None
    headers: dict[str, str]
    text: str | None
    html: str | None
    attempts: list[AttemptShape]


class PromiseShape(Schema):
    """`at_risk_at`: when it was seen in danger; `warned_at`: when the letter left that warned the buyer, before its break.

    `reason`: why it is broken or void. `window_from`: of a window that ends at `due_at`.
    """

    id: str
    kind: str
    due_at: datetime
    state: str
    warned_at: datetime | None
    told_at: datetime | None
    at_risk_at: datetime | None
    closed_at: datetime | None
    reason: str | None
    team: str
    window_from: datetime | None
    order: str | None
    person: str
    enrolment: str | None
    message: str | None
    task: str | None


class EnrolmentShape(Schema):
    """`state`: active, ended or set_aside; `problem`: why it was set aside."""

    id: str
    scheme: str
    version: int
    person: str
    order: str | None
    state: str
    step: str | None
    visit: int
    attempt: int
    started_at: datetime
    due_at: datetime | None
    ended_at: datetime | None
    end_reason: str | None
    held_out: bool
    goal_at: datetime | None
    problem: dict[str, Any] | None


class DeliveryReport(Schema):
    """A raw delivery; `result` is null until it was taken in."""

    id: str
    source: str
    kind: str
    batch: bool
    received_at: datetime
    taken_at: datetime | None
    result: dict[str, Any] | None


class QuarantineShape(Schema):
    """What could not be taken in: where (`pointer`), why, and the beginning of what came."""

    id: str
    delivery: str
    position: int | None
    source: str
    kind: str
    item: str | None
    code: str
    pointer: str
    detail: str
    excerpt: str
    size: int
    state: str
    at: datetime
    closed_at: datetime | None
    replay: str | None


class MendBody(Schema):
    """A mended body to be taken in instead: the text of the item."""

    body: str | None = Field(None, max_length=2_000_000)


class SchemeRow(Schema):
    name: str
    version: int | None
    live: bool
    published_at: datetime | None
    inside: int
    set_aside: int


class DecidedShape(Schema):
    """A split test that is decided: everybody new goes from `step` to `way`. `by`: who decided, such as 'staff:7'; 'system'
    where the figures did."""

    step: str
    way: str
    at: datetime
    by: str


class SchemeShape(Schema):
    """`decided`: the split tests of this text that are decided; at the others people are shared out."""

    name: str
    version: int
    text: str
    decided: list[DecidedShape]


class SchemeText(Schema):
    text: str = Field(max_length=500_000)


class SchemeProblem(Schema):
    """What is wrong in a scheme's text, in both languages."""

    file: str
    line: int
    column: int
    step: str | None
    code: str
    severity: str
    message: dict[str, str]
    mend: dict[str, str]
    did_you_mean: str | None


class SchemeVerdict(Schema):
    valid: bool
    problems: list[SchemeProblem]


class PublishedShape(Schema):
    """`new` false: this very text was live already."""

    name: str
    version: int
    new: bool
    warnings: list[SchemeProblem]


class SegmentShape(Schema):
    """A segment. `state`: 'filling' while everybody is asked once (`percent` of them are), then 'live'."""

    name: str
    title: dict[str, str]
    condition: str
    state: str
    percent: int | None
    count: int = Field(description="So many people are in; while it is being filled, so many as were before")
    growth: int = Field(description="Who entered less who left in the last 30 days")
    changed_at: datetime
    schemes: list[str] = Field(description="The live schemes that wait for it")


class SegmentKept(SegmentShape):
    """`new` false: there was a segment of this name."""

    new: bool


class SegmentMember(PersonShape):
    """A person who is in the segment `since` then."""

    since: datetime


class SegmentTitle(Schema):
    """What people call it."""

    en: str = Field("", max_length=100)
    ru: str = Field("", max_length=100)


class SegmentBody(Schema):
    """A segment as it shall be; without `title` it keeps the one that it has.

    `tells`: whom the condition brings in or out at once counts as having entered or left, so that schemes begin for them.
    """

    condition: str = Field(min_length=1, max_length=2000)
    title: SegmentTitle | None = None
    tells: bool = False


class ConditionBody(Schema):
    condition: str = Field(max_length=2000)


class ConditionVerdict(Schema):
    """What a condition would mean: how many people it holds for now, and some of them (their ids).

    `count` is null for one that can't be read (see `problems`), and for one that takes longer to count than ten seconds.
    """

    valid: bool
    problems: list[SchemeProblem]
    count: int | None
    people: list[str]


class Accepted(Schema):
    """202: on disk. `delivery` says what becomes of it."""

    accepted: int
    rejected: list[dict[str, Any]]
    delivery: str


class Done(Schema):
    done: bool


class Replayed(Schema):
    delivery: str


class Health(Schema):
    status: str
    checks: dict[str, bool] = {}
