"""Makes the classes of this package known as kin of imbalanced-learn's, so that its checks look at all they can."""

import imblearn.base
import imblearn.over_sampling.base
import imblearn.under_sampling.base

from counterweight import combine, over_sampling, under_sampling

_BASES = {
    "over-sampling": imblearn.over_sampling.base.BaseOverSampler,
    "under-sampling": imblearn.under_sampling.base.BaseUnderSampler,
    "clean-sampling": imblearn.under_sampling.base.BaseCleaningSampler,
}
SAMPLERS = [getattr(module, name) for module in (over_sampling, under_sampling, combine) for name in module.__all__]
for _class in SAMPLERS:
    if _class.__module__ != "counterweight.combine":
        _BASES[_class._sampling_type].register(_class)
