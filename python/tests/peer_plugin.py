"""A plugin of pytest that puts the classes of this package in the place of imbalanced-learn's, for its own test files."""

import imblearn.combine
import imblearn.over_sampling
import imblearn.under_sampling

from counterweight import combine, over_sampling, under_sampling

for theirs, ours in ((imblearn.over_sampling, over_sampling), (imblearn.under_sampling, under_sampling), (imblearn.combine, combine)):
    for name in ours.__all__:
        if hasattr(theirs, name):
            setattr(theirs, name, getattr(ours, name))
