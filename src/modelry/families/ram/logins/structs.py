"""What login profiles and their requests look like on the wire."""

from msgspec import UNSET, UnsetType, field

from modelry.contract.operation import Shape
from modelry.families.ram.users.structs import UserAddress


class CreateLoginProfile(UserAddress):
    """A new login profile."""

    password: str
    """8 to 128 characters, and not the user's name; it is kept as a hash alone, and never shown."""
    password_reset_required: bool = False
    """Whether the user must choose another password when signing in."""
    mfa_bind_required: bool = field(default=False, name="MFABindRequired")


class UpdateLoginProfile(UserAddress):
    """What to change of a login profile. What is absent stays."""

    password: str | UnsetType = UNSET
    password_reset_required: bool | UnsetType = UNSET
    mfa_bind_required: bool | UnsetType = field(default=UNSET, name="MFABindRequired")


class LoginProfile(Shape):
    """A login profile."""

    user_name: str
    password_reset_required: bool
    mfa_bind_required: bool = field(name="MFABindRequired")
    create_date: str


class FoundLoginProfile(Shape):
    """The login profile."""

    login_profile: LoginProfile


class MfaDevice(Shape):
    """A device that shows a second factor."""

    serial_number: str


class UserMfaDevice(Shape):
    """The device that a user has bound."""

    mfa_device: MfaDevice = field(name="MFADevice")
