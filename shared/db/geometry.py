"""One geometry column type: PostGIS `geometry(Geometry,4326)` with a GiST index, or WKB in SQLite."""

from typing import Any

import shapely
from geoalchemy2 import Geometry
from sqlalchemy import LargeBinary
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

SRID = 4326


class PlotGeometry(TypeDecorator[Any]):
    """Shapely geometries in EPSG:4326, bound and read as such on both databases."""

    impl = Geometry
    cache_ok = True

    def __init__(self) -> None:
        super().__init__(geometry_type="GEOMETRY", srid=SRID, spatial_index=False)

    def load_dialect_impl(self, dialect: Dialect | None) -> TypeEngine[Any]:
        if dialect is not None and dialect.name == "sqlite":
            return dialect.type_descriptor(LargeBinary())
        return self.impl_instance

    def bind_expression(self, bindvalue: Any) -> Any:
        return bindvalue

    def column_expression(self, column: Any) -> Any:
        return column

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        if value is None:
            return None
        if dialect.name == "sqlite":
            return shapely.to_wkb(value)
        return shapely.to_wkb(shapely.set_srid(value, SRID), hex=True, include_srid=True)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        if value is None or isinstance(value, shapely.Geometry):
            return value
        wkb = getattr(value, "data", value)  # PostGIS hands out elements that hold hexadecimal text, or bytes where a codec is set
        return shapely.from_wkb(wkb if isinstance(wkb, bytes | str) else bytes(wkb))
