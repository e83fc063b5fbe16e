"""The result of `biodiversity` for one plot: canopy heterogeneity, landscape structure, intactness, sites, and a score of them."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal

from pydantic import Field
from pydantic.config import JsonDict

from contracts.v1.results.eudr_deforestation import LayerState
from contracts.v1.results.result import Result

MEAN: JsonDict = {"aggregate": "mean"}
SUM: JsonDict = {"aggregate": "sum"}
COUNTS: JsonDict = {"aggregate": "counts"}


class Biodiversity(Result):
    """Proxies of species diversity for one plot; the score and its rules are ours (METHOD.md).

    A value that cannot be known is null; `flags` and the row's reasons say why. Landscape metrics are of the ground
    round the plot: they are not added up or averaged over plots.
    """

    SCHEMA: ClassVar[str] = "1.0.0"
    WORST_FIRST: ClassVar[Mapping[str, Sequence[str]]] = {
        # The strictest protection is the worst place for a farm.
        "wdpa_strictest_category": ("Ia", "Ib", "II", "III", "IV", "V", "VI", "Not Reported"),
    }
    NOT_ADDITIVE: ClassVar[Sequence[str]] = (
        "connectivity", "eca_ha", "effective_mesh_ha", "division", "habitat_pct", "patch_density", "edge_density_m_ha", "core_pct",
        "cohesion", "connectance_pct", "shannon_lc", "shannon_lc_evenness",
    )  # fmt: skip

    diversity_score: float | None = Field(
        ge=0, le=100, description="Mean of the components that are known times 100", json_schema_extra=MEAN
    )
    diversity_uncertainty_sd: float | None = Field(
        ge=0, description="Standard deviation of the score from the errors of canopy heights, at most; points", json_schema_extra=MEAN
    )
    score_components: dict[str, float] = Field(description="The components of the score, 0 to 1: of rao_q_norm, connectivity and bii")
    score_component_count: int = Field(ge=0, le=3, description="How many of the three are known")
    rao_q: float | None = Field(ge=0, description="Rao's Q of canopy height over the plot; m", json_schema_extra=MEAN)
    rao_q_mw: float | None = Field(ge=0, description="Mean of Rao's Q in windows of 5 x 5 pixels over the plot; m", json_schema_extra=MEAN)
    rao_q_norm: float | None = Field(ge=0, le=1, description="rao_q over its maximum for the plot's height; 0 to 1", json_schema_extra=MEAN)
    rao_q_sd: float | None = Field(ge=0, description="Standard deviation of rao_q from the errors of heights, at most; m")
    canopy_height_mean: float | None = Field(description="Mean canopy height; m", json_schema_extra=MEAN)
    canopy_height_p50: float | None = Field(description="Median canopy height; m")
    canopy_height_p95: float | None = Field(description="95th percentile of canopy height; m")
    canopy_height_sd: float | None = Field(ge=0, description="Standard deviation of canopy height over the plot; m")
    canopy_height_cv: float | None = Field(ge=0, description="canopy_height_sd over canopy_height_mean; null without canopy")
    canopy_height_se: float | None = Field(ge=0, description="Standard error of canopy_height_mean, at most; m", json_schema_extra=MEAN)
    canopy_source: Literal["eth_chm", "meta_chm"] | None
    canopy_pixels: float = Field(ge=0, description="Pixels of the plot with a height, each by its share")
    connectivity: float | None = Field(ge=0, le=1, description="eca_ha over landscape_area_ha; 0 to 1")
    eca_ha: float | None = Field(ge=0, description="Equivalent connected area of the habitat; ha")
    effective_mesh_ha: float | None = Field(ge=0, description="Effective mesh size of the habitat; ha")
    division: float | None = Field(ge=0, le=1, description="Chance that two places are not in one patch of habitat; 0 to 1")
    habitat_pct: float | None = Field(ge=0, le=100, description="Natural habitat of the landscape; %")
    patch_density: float | None = Field(ge=0, description="Patches of habitat in 100 ha of landscape")
    edge_density_m_ha: float | None = Field(ge=0, description="Edge of habitat in the landscape, its border excluded; m/ha")
    core_pct: float | None = Field(ge=0, le=100, description="Habitat further than 100 m from its edge, of the landscape; %")
    cohesion: float | None = Field(description="Patch cohesion; 0 to 100; null without habitat")
    connectance_pct: float | None = Field(ge=0, le=100, description="Pairs of patches at most 500 m apart; %; null below two patches")
    shannon_lc: float | None = Field(ge=0, description="Shannon's diversity of land cover in the landscape; nat")
    shannon_lc_evenness: float | None = Field(ge=0, le=1.0 + 1e-9, description="shannon_lc over ln of the classes that are there; 0 to 1")
    landscape_area_ha: float | None = Field(ge=0, description="Ground of the landscape that is known; ha")
    landscape_valid_fraction: float | None = Field(ge=0, le=1, description="Share of the landscape that is known; 0 to 1")
    landscape_buffer_m: float = Field(ge=0, description="The landscape is the plot with so much round it; m")
    landscape_cell_m: float = Field(gt=0, description="Side of the cells that landscape metrics depend on; m")
    landscape_neighbours: int = Field(description="Neighbours of a cell that make a patch: 8")
    habitat_source: Literal["sbtn_natural", "worldcover"] | None
    land_cover_year: int | None
    bii_mean: float | None = Field(ge=0, description="Mean biodiversity intactness; 0 to 1", json_schema_extra=MEAN)
    bii_source: Literal["bii_io", "bii_nhm"] | None
    bii_year: int | None
    msa_lu: float | None = Field(ge=0, le=1, description="Mean species abundance by land use alone; 0 to 1", json_schema_extra=MEAN)
    wdpa_overlap_ha: float | None = Field(ge=0, description="Plot in protected areas, each place once; ha", json_schema_extra=SUM)
    wdpa_overlap_pct: float | None = Field(ge=0, description="The same of the plot; %", json_schema_extra=MEAN)
    wdpa_strictest_category: str | None = Field(description="Strictest IUCN category that the plot lies in", json_schema_extra=COUNTS)
    wdpa_distance_m: float | None = Field(ge=0, description="To the nearest protected area, 0 inside; null beyond 10 km; m")
    kba_overlap_ha: float | None = Field(ge=0, description="Plot in Key Biodiversity Areas, each place once; ha", json_schema_extra=SUM)
    kba_overlap_pct: float | None = Field(ge=0, description="The same of the plot; %", json_schema_extra=MEAN)
    kba_distance_m: float | None = Field(ge=0, description="To the nearest Key Biodiversity Area, 0 inside; null beyond 10 km; m")
    plot_area_ha: float = Field(ge=0, description="Geodesic area on WGS84; 0 for a point without a declared area; ha")
    valid_fraction: float | None = Field(ge=0, description="Share of the plot with a canopy height; 0 to 1")
    layer_states: dict[str, LayerState] = Field(description="State at this plot of every layer that was asked")
    flags: tuple[str, ...] = Field(description="Remarks that change no number, sorted")
