"""What a process that reads somebody's file may do: so much memory, time and disk, and nothing beyond its files."""

import ctypes
import os
import resource
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

OPEN_FILES: Final = 64
CLOSED_PROXY: Final = "http://127.0.0.1:9"
"""Where GDAL and PROJ would send a request, were they ever to make one: the discard port, at which nobody listens."""
VECTOR_DRIVER: Final = "ESRI Shapefile"
"""The one format that GDAL reads here."""

_SKIPPED: Final = (
    "MEM,PCIDSK,PDS4,VICAR,PDF,MBTiles,EEDA,OGCAPI,GDALG,MapInfo File,LVBAG,S57,DGN,OGR_VRT,CSV,GML,GPX,LIBKML,KML,GeoJSON,GeoJSONSeq,"
    "ESRIJSON,TopoJSON,OGR_GMT,GPKG,SQLite,WAsP,OpenFileGDB,DXF,FlatGeobuf,GeoRSS,VFK,PGDUMP,OSM,GPSBabel,OGR_PDS,WFS,OAPIF,EDIGEO,"
    "Idrisi,ODS,XLSX,Elasticsearch,Carto,AmigoCloud,SXF,Selafin,JML,PLSCENES,CSW,VDV,MVT,NGW,MapML,GTFS,PMTiles,JSONFG,"
    "MiraMonVector,ADBC,AVCBin,AVCE00,AIVector,HTTP,VRT"
)
ENVIRONMENT: Final = {
    "LANG": "C.UTF-8",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
    "ARROW_DEFAULT_MEMORY_POOL": "system",  # others reserve a gigabyte of addresses, which would count as free memory
    "GDAL_SKIP": _SKIPPED,
    "GDAL_DRIVER_PATH": "disable",
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "GDAL_HTTP_PROXY": CLOSED_PROXY,
    "GDAL_HTTP_TIMEOUT": "1",
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": "{none}",
    "GDAL_CACHEMAX": "16",
    "PROJ_NETWORK": "OFF",
}
"""The whole environment of a parsing process: no address, no credentials."""

_MAPPED: Final = Path("/proc/self/statm")
_PR_SET_PDEATHSIG: Final = 1
_CLONE_NEWUSER: Final = 0x10000000
_CLONE_NEWNET: Final = 0x40000000
_REFUSED_EVENTS: Final = ("socket.", "subprocess.", "ctypes.dlopen", "os.exec", "os.fork", "os.posix_spawn", "os.system")


@dataclass(frozen=True, slots=True)
class Quota:
    """How much one file may use."""

    memory_bytes: int
    """Address space beyond what the process has when it starts on the file."""
    cpu_s: int
    wall_s: float
    written_bytes: int
    """Largest file that is written."""


def confine(quota: Quota) -> None:
    """Put this process under `quota`, without network, other programs or core dumps; it dies with the process that made it."""
    _cut_off()
    for limit, soft, hard in (
        (resource.RLIMIT_AS, memory := _address_space_bytes() + quota.memory_bytes, memory),
        (resource.RLIMIT_CPU, quota.cpu_s, quota.cpu_s + 1),  # the first ends us by SIGXCPU, the second by SIGKILL
        (resource.RLIMIT_FSIZE, quota.written_bytes, quota.written_bytes),
        (resource.RLIMIT_NOFILE, OPEN_FILES, OPEN_FILES),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        allowed = resource.getrlimit(limit)[1]
        most = hard if allowed == resource.RLIM_INFINITY else min(hard, allowed)
        resource.setrlimit(limit, (min(soft, most), most))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # an error that names its cause, not a signal
    sys.addaudithook(_refuse)


def _cut_off() -> None:
    """End with our parent, and leave its network where the kernel lets us: containers may not, then the rest must do."""
    libc = ctypes.CDLL(None)
    if hasattr(libc, "prctl"):
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if hasattr(libc, "unshare"):
        libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)


def _address_space_bytes() -> int:
    """What is mapped now; 0 where the system does not say, since it then does not enforce the limit either (macOS)."""
    if not _MAPPED.exists():
        return 0
    return int(_MAPPED.read_text(encoding="ascii").split()[0]) * os.sysconf("SC_PAGE_SIZE")


def _refuse(event: str, _arguments: tuple[Any, ...]) -> None:
    if event.startswith(_REFUSED_EVENTS):
        raise PermissionError(f"{event} while a file is read")
