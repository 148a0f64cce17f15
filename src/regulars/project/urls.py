"""All paths of the product, by who reads them."""

urlpatterns = []  # type: ignore[var-annotated]
