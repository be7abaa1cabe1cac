"""Names of cell lines in file names: some are written like wells (E14, C6), others have parts that are (B16-F10, Hep-G2, 3T3-L1)."""

from __future__ import annotations

import re
from collections.abc import Sequence

LIKE_WELLS = frozenset(
    {
        "A7", "A9", "A10", "A20", "B9", "B16", "C6", "D3", "D10", "E14", "F9", "G8", "H1", "H4", "H7", "H9", "H22", "H23", "J1",
        "K1", "L1", "L02", "L6", "L8", "P19",
        "E2",  # a hormone: estradiol is given to spheroids as often as they lie in this well
    }
)  # fmt: skip
"""Names that are as likely those of cells as of wells, as people write them."""
_OTHERS = (
    "16hbe 22rv1 293t 3t3 3t3l1 4t1 5637 786o 9l a172 a204 a2058 a2780 a375 a375p a431 a498 a549 a673 achn ags aml12 aspc1 atdc5 "
    "b16bl6 b16f0 b16f1 b16f10 b16luc baf3 be2c bewo bt20 bt474 bt549 bv2 bxpc3 c2c12 c33a c3a c3h10t12 c42b c6luc caco2 caki1 "
    "calu1 calu3 calu6 capan1 capan2 caski cfpac1 cgr8 cho chok1 chos clone9 colo205 colo320 cos1 cos7 ct26 d10g4 daoy daudi dld1 du145 "
    "e0771 e14tg2a ea926 el4 emt6 gh3 gh4c1 gl261 h295r h4iie h9c2 hacat hap1 hcc1806 hcc1937 hcc1954 hcc38 hcc827 hct116 hct15 "
    "hct8 hdf hek293 hek293t hela hep2 hep3b hepa16 hepa1c1c7 heparg hepg2 hff1 hl60 hs578t ht1080 ht22 ht29 htb26 huh7 huvec iar20 "
    "iec6 igrov1 imr32 imr90 ins1 ins1e ipecj2 ishikawa j774 j774a1 jar jeg3 jurkat jurkate6 jurkate61 k562 kasumi1 kato3 katoiii "
    "kelly km12 kyse30 l1210 l929 lapc4 lewislung llc llc1 lncap lncapc42 lnz308 lovo ls174t ls180 m059k ma104 mc38 mc3t3 mc3t3e1 "
    "mcf10a mcf12a mcf7 mda mdamb157 mdamb231 mdamb361 mdamb435 mdamb436 mdamb453 mdamb468 mdck mdckii mef mg63 mhcc97h miapaca2 "
    "min6 mkn28 mkn45 mnng molt4 mrc5 mv411 n2a nb4 ncih295r neuro2a nih3t3 nrk nrk52e nsc34 nt2 ocily3 oe19 oe33 ov90 ovcar3 "
    "ovcar4 ovcar5 ovcar8 p19cl6 p388 p815 p3x63ag8 panc0203 panc02 panc1 pc12 pc3 pc3m pc9 psn1 ptk2 raji rat2 raw2647 rbl2h3 rd rko rpe1 "
    "rpmi8226 rt4 rwpe1 saos2 sf268 sf295 sf9 shsy5y siha sjsa1 skbr3 skmel2 skmel28 skmel5 sknas sknbe2 sknmc sknsh skov3 "
    "skovip1 snb19 snb75 snu1 snu449 sp20 su86 sum149 sum159 sw1353 sw1990 sw480 sw620 t47d t98g tc1 te1 te10 te11 te671 "
    "tf1 thp1 tk10 tov112d tov21g tramp u118 u138 u138mg u118mg u2os u251 u251mg u266 u373 u373mg u87 u87mg u937 uacc62 umuc3 uo31 "
    "vcap vero veroe6 v79 wehi3 wi38 wm115 wm793 yac1 zr751"
)
"""Other names of cell lines, in small letters and without what parts them; none that says a time or a field (T24, F98)."""
_LINES = frozenset(_OTHERS.split())
_NCI_H = re.compile(r"(?:nci)?h\d{3,4}|ncih\d{1,2}")
_LONGEST = 4  # parts of a name: MDA-MB-231, C3H-10T1-2


def parts_of_lines(words: Sequence[str]) -> frozenset[int]:
    """Indices of the words that are a cell line's name or its parts: 1 and 2 of ("A01", "B16", "F10").

    A name of one word that is as likely a well's (`LIKE_WELLS`) is not among them.
    """
    found: set[int] = set()
    at = 0
    while at < len(words):
        n = next((n for n in range(min(_LONGEST, len(words) - at), 0, -1) if _is_line(words[at : at + n])), 0)
        found.update(range(at, at + n))
        at += n or 1
    return frozenset(found)


def _is_line(words: Sequence[str]) -> bool:
    if len(words) == 1 and words[0] in LIKE_WELLS:
        return False
    name = "".join(words).lower()
    return name in _LINES or _NCI_H.fullmatch(name) is not None
