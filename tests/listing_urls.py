"""A list as a product has them, for the tests of pages."""

from rest_framework import serializers
from rest_framework.mixins import ListModelMixin
from rest_framework.permissions import AllowAny
from rest_framework.routers import SimpleRouter
from rest_framework.viewsets import GenericViewSet

from accounts.models import User


class UserSerializer(serializers.ModelSerializer):
    class Meta:
        model = User
        fields = ("id", "created_at")


class ListedUsers(ListModelMixin, GenericViewSet):
    queryset = User.objects.all()
    serializer_class = UserSerializer
    authentication_classes = ()
    permission_classes = (AllowAny,)


router = SimpleRouter(trailing_slash=False)
router.register("listed_users", ListedUsers)

urlpatterns = router.urls
