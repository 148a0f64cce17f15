import threading, socketserver
from wsgiref.simple_server import make_server, WSGIServer, WSGIRequestHandler
import pytest, os
from tests.flows.web_shop import WebShop, web  # noqa: F401
from regulars.feedback import actions as fb
class S(socketserver.ThreadingMixIn, WSGIServer): daemon_threads=True
class H(WSGIRequestHandler):
    def log_message(self,*a): pass

def test_shots(web):
    from django.core.wsgi import get_wsgi_application
    srv=make_server("127.0.0.1",0,get_wsgi_application(),S,H); port=srv.server_port
    threading.Thread(target=srv.serve_forever,daemon=True).start()
    w=web.world
    with w.writing() as cur:
        cur.execute("update shop_shop set name='Печь и дом', brand = brand || '{\"phone\":\"+78000000000\"}' where id=%s",(web.shop_id,))
    p,o=web.buy(zone="Asia/Vladivostok")
    with w.writing() as cur:
        cur.execute("update people_person set name='Наталья Вознесенская-Крыжановская', first_name='Наталья', language='ru', address='{\"city\":\"Хабаровск\",\"country\":\"RU\"}' where id=%s",(p,))
        cur.execute("insert into orders_line (shop_id, order_id, position, sku, name, quantity, price) values (%s,%s,1,'PAN-24','Сковорода чугунная 24 см',2,2495),(%s,%s,2,'TOWEL','Полотенце льняное',1,890)",(web.shop_id,o)*2)
        cur.execute("update orders_order set note='Домофон не работает, звоните снизу' where id=%s",(o,))
    web.outbox.gate(); web.outbox.gate()
    with w.writing() as cur: cur.execute("update outbox_message set state='sent', sent_at=%s where state='sending'",(w.now,))
    q=web.quarantine(); t,m=web.task_of(o),web.message_of(o)
    p2,o2=web.buy(); web.set_aside(o2); p3,o3=web.buy(payment_status='paid'); web.unknown(o3)
    adv=web.outbox.queue(p, "advertising", order_id=o); web.outbox.gate()
    qid=web.ask(p,o)
    with w.writing() as cur: fb.answer(cur, web.shop_id, web.ask(p,o), "no", "Ручка шатается", __import__("regulars.base.actor",fromlist=["Actor"]).Actor("buyer",p), w.now)
    w.later(minutes=52)
    web.clients["operator"].post(f"/tasks/{t}/claim")
    from playwright.sync_api import sync_playwright
    out="/tmp/shots"; os.makedirs(out,exist_ok=True)
    pages={"tasks":"/tasks/","task":f"/tasks/{t}/","orders":"/orders/","order":f"/orders/{o}/","people":"/people/","person":f"/people/{p}/","letters":"/letters/","letter":f"/letters/{m}/","waiting":"/letters/waiting/","promises":"/promises/","quarantine":"/quarantine/","quarantined":f"/quarantine/{q}/","schemes":"/schemes/","scheme":"/schemes/of/after-order/","edit":"/schemes/edit/?of=after-order","aside":"/schemes/aside/","team":"/team/","password":"/password/"}
    pub={"survey":web.link("answer", web.shop_id, qid, m)+"?answer=no","unsubscribe":web.link("unsubscribe", web.shop_id, p, m),"preferences":web.link("preferences", web.shop_id, p),"nolink":"/u/x"}
    errs=[]
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]="1"
    only=os.environ.get("ONLY","").split(",") if os.environ.get("ONLY") else None
    sp=sync_playwright().start()
    b=sp.chromium.launch(executable_path="/usr/bin/chromium",args=["--no-sandbox"])
    for lang in ("ru","en"):
        role=os.environ.get("ROLE","owner")
        web.clients[role].post("/language",{"language":lang,"next":"/"})
        cx=b.new_context(viewport={"width":1280,"height":900},locale=lang,color_scheme="dark" if os.environ.get("DARK") else "light")
        cx.add_cookies([{"name":"sessionid","value":web.clients[role].cookies["sessionid"].value,"url":f"http://127.0.0.1:{port}"}])
        pg=cx.new_page(); pg.on("console",lambda x: errs.append((pg.url,x.text)) if x.type=="error" else None)
        for n,u in pages.items():
            if only and n not in only: continue
            pg.goto(f"http://127.0.0.1:{port}{u}"); pg.evaluate("document.querySelectorAll(\"details\").forEach(d=>d.open=true)"); pg.wait_for_timeout(150)
            pg.screenshot(path=f"{out}/{n}.{lang}.png",full_page=True)
        ph=b.new_context(viewport={"width":390,"height":844},locale=lang)
        pg2=ph.new_page(); pg2.on("console",lambda x: errs.append((pg2.url,x.text)) if x.type=="error" else None)
        for n,u in pub.items():
            if only and n not in only: continue
            sep="&" if "?" in u else "?"
            pg2.goto(f"http://127.0.0.1:{port}{u}{sep}lang={lang}"); pg2.screenshot(path=f"{out}/{n}.{lang}.png",full_page=True)
        if not only:
            pg2.goto(f"http://127.0.0.1:{port}/login/"); pg2.screenshot(path=f"{out}/login.{lang}.png")
            ph.add_cookies([{"name":"sessionid","value":web.clients[role].cookies["sessionid"].value,"url":f"http://127.0.0.1:{port}"}])
            pg2.goto(f"http://127.0.0.1:{port}/tasks/{t}/"); pg2.screenshot(path=f"{out}/task-phone.{lang}.png",full_page=True)
    print("ERRS",set(errs))
    b.close(); sp.stop(); srv.shutdown()
