"""The inventory's addresses, and what it adds to the pages of other parts."""

from django.urls import path, reverse

from hansa.aid.inventory.models import Import, Limit, Lot, Package, Rostered
from hansa.aid.inventory.pages import holdings, imports, limits, packages, panels, stock
from hansa.pages import panels as boards
from hansa.pages import places

urlpatterns = [
    path("inventory", stock.inventory, name="inventory"),
    path("inventory/print", stock.print_all, name="inventory-print"),
    path("inventory/lots", holdings.lots, name="inventory-lots"),
    path("inventory/lots/count", holdings.lot_new, name="inventory-lot"),
    path("inventory/roster", holdings.roster, name="inventory-roster"),
    path("inventory/roster/keep", holdings.roster_new, name="inventory-roster-keep"),
    path("inventory/limits", limits.limits, name="limits"),
    path("inventory/limits/new", limits.limit_new, name="limit-new"),
    path("inventory/limit/<position:key>/lift", limits.limit_end, name="limit-end"),
    path("inventory/packages", packages.packages, name="packages"),
    path("inventory/packages/new", packages.package_new, name="package-new"),
    path("inventory/package/<position:key>/change", packages.package_change, name="package-change"),
    path("inventory/package/<position:key>/proven", packages.package_proof, name="package-proof"),
    path("inventory/package/<position:key>/withdraw", packages.package_end, name="package-end"),
    path("inventory/package/<position:key>", packages.package, name="package"),
    path("inventory/import", imports.import_new, name="import-new"),
    path("inventory/import/say", imports.import_commit, name="import-commit"),
    path("inventory/imports", imports.imports, name="imports"),
    path("inventory/import/<position:key>/undo", imports.import_undo, name="import-undo"),
    path("inventory/import/<position:key>", imports.import_, name="import"),
    path("inventory/export/<slug:name>.<slug:ending>", imports.export, name="inventory-export"),
    path("inventory/codes.csv", imports.codes, name="inventory-codes"),
]

places.register(Package, lambda row: reverse("package", args=[row.key]))
places.register(Import, lambda row: reverse("import", args=[row.key]))
places.register(Limit, lambda _row: reverse("limits"))
places.register(Lot, lambda _row: reverse("inventory-lots"))
places.register(Rostered, lambda _row: reverse("inventory-roster"))

boards.register("home", 25, panels.at_home)
boards.register("member", 25, panels.on_member)
