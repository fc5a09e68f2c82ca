"""imbalanced-learn's own checks over every class of this package."""

import pytest
from imblearn.utils.estimator_checks import _set_checking_parameters, parametrize_with_checks
from sklearn.utils._testing import set_random_state

from conftest import SAMPLERS

# The checks of imbalanced-learn use numeric rows, and SMOTENC needs both kinds of columns; imbalanced-learn leaves its own SMOTENC out in the same way.
CHECKED = [cls() for cls in SAMPLERS if cls.__name__ != "SMOTENC"]


# What cannot hold, and why.
CANNOT = {
    ("KMeansSMOTE", "check_samplers_fit"): "30 rows in 12 clusters: the k-means of the library starts from other rows, and then no cluster has three rows of "
                                           "the smaller class that make up its share of all rows",
}


@parametrize_with_checks(CHECKED)
def test_check(estimator, check, request):
    reason = CANNOT.get((type(estimator).__name__, getattr(check, "func", check).__name__))
    if reason:
        request.applymarker(pytest.mark.xfail(reason=reason, strict=True, raises=ValueError))
    # As imbalanced-learn runs them over its own classes.
    set_random_state(estimator)
    _set_checking_parameters(estimator)
    check(estimator)
