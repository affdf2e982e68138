"""Colours of any source brought to bt709, limited range: pure functions to filters, and the HDR table.

PQ (SMPTE ST 2084) and HLG (ARIB STD-B67) in BT.2020 are brought down through one table, computed here
and applied by `lut3d`. White of 203 cd/m2 (ITU-R BT.2408) lands a little under full white and what is
brighter is rolled off, so that explosions keep their shape.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from aiditor.media.graph import Filter, PictureFormat, filter_of

__all__ = ["TAGS", "hdr_table", "is_hdr", "normalise", "write_cube"]

PQ, HLG = 16, 18
BT601 = {5, 6}
BT709 = 1
BT2020 = {9, 10}
TABLE_SIZE = 33
REFERENCE_WHITE_NITS = 203.0
PEAK_NITS = 1000.0
KNEE = 0.55
"""Linear light, 1 being reference white, up to which nothing is compressed."""
PLANAR_YUV = {f"yuv{kind}{sub}p{depth}" for kind in ("", "j") for sub in (420, 422, 444) for depth in ("", "10", "12")}
TAGS = filter_of("setparams", range="tv", color_primaries="bt709", color_trc="bt709", colorspace="bt709")
BT2020_TO_BT709 = np.array(
    [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]], np.float64
)
"""ITU-R BT.2087, linear light."""


def is_hdr(form: PictureFormat) -> bool:
    """PQ or HLG."""
    return form.transfer in (PQ, HLG)


def normalise(form: PictureFormat, *, cube: str = "") -> tuple[Filter, ...]:
    """Filters from `form` to yuv420p bt709 in limited range; none where it is so already.

    `cube` is the file of `hdr_table`, for PQ and HLG. Pictures that do not say their matrix are taken
    for bt601 up to 576 lines and bt709 above, as players do.
    """
    if is_hdr(form):
        matrix = "bt709" if form.matrix == BT709 else "bt2020"
        return (
            filter_of("scale", in_color_matrix=matrix, in_range="pc" if form.full_range else "tv", flags="bicubic"),
            filter_of("format", pix_fmts="gbrp10"),
            filter_of("lut3d", file=cube, interp="tetrahedral"),
            filter_of("scale", out_color_matrix="bt709", out_range="tv", flags="bicubic"),
            filter_of("format", pix_fmts="yuv420p"),
        )
    if form.pixel_format not in PLANAR_YUV:
        return (
            filter_of("scale", out_color_matrix="bt709", out_range="tv", flags="bicubic"),
            filter_of("format", pix_fmts="yuv420p"),
        )
    small = form.height <= 576 and form.width <= 1024
    sd = form.matrix in BT601 or (form.matrix not in {BT709, *BT2020} and small)
    if not (sd or form.full_range or form.matrix in BT2020):
        return () if form.pixel_format == "yuv420p" else (filter_of("format", pix_fmts="yuv420p"),)
    wide = form.matrix in BT2020
    return (
        filter_of(
            "colorspace",
            ispace="smpte170m" if sd else "bt2020ncl" if wide else "bt709",
            iprimaries="bt2020" if wide else "bt709",
            itrc="bt2020-10" if wide else "bt709",
            irange="pc" if form.full_range else "tv",
            space="bt709",
            primaries="bt709",
            trc="bt709",
            range="tv",
            format="yuv420p",
        ),
    )


def hdr_table(transfer: int, size: int = TABLE_SIZE) -> np.ndarray:
    """float32 [size, size, size, 3]: bt709 R'G'B' in [0, 1] for BT.2020 R'G'B' at indices [r, g, b]."""
    axis = np.linspace(0, 1, size)
    coded = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1)
    nits = _pq_to_nits(coded) if transfer == PQ else _hlg_to_nits(coded)
    light = np.maximum(nits / REFERENCE_WHITE_NITS, 0) @ BT2020_TO_BT709.T
    brightest = np.maximum(light.max(axis=-1, keepdims=True), 1e-9)
    toned = np.clip(light * (_roll_off(brightest) / brightest), 0, 1)
    return (toned ** (1 / 2.4)).astype(np.float32)


def _roll_off(light: np.ndarray) -> np.ndarray:
    """1 up to the knee, then a shoulder that reaches 1 at the peak, with no corner between (BT.2390's spirit)."""
    peak = PEAK_NITS / REFERENCE_WHITE_NITS
    over = np.clip((light - KNEE) / (peak - KNEE), 0, 1)
    slope = (peak - KNEE) / (1 - KNEE)
    # A rational shoulder: value 0 and slope `slope` at 0, value 1 at 1.
    shoulder = over * slope / (1 + over * (slope - 1))
    return np.where(light <= KNEE, light, KNEE + (1 - KNEE) * shoulder)


def _pq_to_nits(coded: np.ndarray) -> np.ndarray:
    """SMPTE ST 2084 EOTF, in cd/m2."""
    m1, m2, c1, c2, c3 = 2610 / 16384, 2523 / 32, 3424 / 4096, 2413 / 128, 2392 / 128
    root = coded ** (1 / m2)
    return 10000 * (np.maximum(root - c1, 0) / (c2 - c3 * root)) ** (1 / m1)


def _hlg_to_nits(coded: np.ndarray) -> np.ndarray:
    """ITU-R BT.2100 HLG: inverse OETF, then the OOTF of a 1000 cd/m2 display (gamma 1.2)."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(coded <= 0.5, coded**2 / 3, (np.exp((coded - c) / a) + b) / 12)
    luma = scene @ np.array([0.2627, 0.6780, 0.0593])
    return PEAK_NITS * scene * np.maximum(luma, 1e-9)[..., None] ** 0.2


def write_cube(table: np.ndarray, path: Path) -> None:
    """Save a table as a .cube file: red varies fastest."""
    size = table.shape[0]
    rows = table.transpose(2, 1, 0, 3).reshape(-1, 3)
    with path.open("w") as handle:
        handle.write(f"LUT_3D_SIZE {size}\n")
        np.savetxt(handle, rows, fmt="%.6f")
