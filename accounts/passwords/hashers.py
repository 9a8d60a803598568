"""How passwords are hashed."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2idHasher(Argon2PasswordHasher):
    """Argon2id, 2 passes over 46 MiB on 1 lane: about 80 ms, above ASVS 5.0 appendix C.

    Django's default takes 100 MiB and 8 lanes, so that a few logins fill a small machine.
    """

    time_cost = 2
    memory_cost = 46 * 1024  # KiB
    parallelism = 1
