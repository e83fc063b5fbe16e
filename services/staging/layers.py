"""Which layer of a file with several is read: the one that the order names, never a guess."""

from collections.abc import Sequence

from services.staging.faults import FileRefused


def chosen_layer(names: Sequence[str], wanted: str | None) -> str:
    """The only one of `names`, of which there is at least one, or the one that is `wanted`; raises `FileRefused`."""
    if wanted is None and len(names) > 1:
        raise FileRefused("ambiguous_layers", layers=", ".join(names))
    if wanted is not None and wanted not in names:
        raise FileRefused("layer_missing", layer=wanted, layers=", ".join(names))
    return names[0] if wanted is None else wanted
