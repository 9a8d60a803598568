"""The JSON of connections to providers."""

from rest_framework import serializers


class ConnectionSerializer(serializers.Serializer):
    id = serializers.UUIDField()
    provider = serializers.CharField(help_text="As `/auth/login/provider` takes it.")
    name = serializers.CharField(help_text="Of the provider, for people.")
    label = serializers.CharField(help_text="Who one is there: an address or a name.")
    connected_at = serializers.DateTimeField()
    is_on = serializers.BooleanField(help_text="False: it signs nobody in any more.")


class ProviderSerializer(serializers.Serializer):
    provider = serializers.CharField()
    name = serializers.CharField()
    takes_id_tokens = serializers.BooleanField(
        help_text="False: it is connected on the page of connections."
    )


class ConnectionsSerializer(serializers.Serializer):
    results = ConnectionSerializer(many=True)
    providers = ProviderSerializer(many=True, help_text="All that are switched on.")
