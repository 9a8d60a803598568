"""What a list of flags can be narrowed to."""

from django_filters import rest_framework as filters

from flags.models import FeatureFlag


class FeatureFlagFilter(filters.FilterSet):
    class Meta:
        model = FeatureFlag
        fields = ["feature_name", "scope", "scope_id"]
