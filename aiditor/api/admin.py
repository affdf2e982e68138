"""`/v2/admin/users`: who there is, locking out and letting in, plans."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from aiditor.api.auth import Me, TheUsers
from aiditor.api.guard import AdminUser
from aiditor.api.problems import PROBLEMS

__all__ = ["router"]

router = APIRouter(prefix="/v2/admin/users", tags=["admin"], responses=PROBLEMS)


class UserPage(BaseModel):
    """Some users, the newest first."""

    users: list[Me]
    before: datetime | None = Field(description="Give this to go on; null at the end.")


class PlanChange(BaseModel):
    """A plan that an admin gives."""

    model_config = ConfigDict(extra="forbid")
    plan: Literal["free", "pro"]
    until: AwareDatetime | None = Field(None, description="When it ends; null is never.")


class RoleChange(BaseModel):
    """Whether a user is an admin."""

    model_config = ConfigDict(extra="forbid")
    admin: bool


@router.get("")
def list_users(
    _admin: AdminUser,
    users: TheUsers,
    find: Annotated[str, Query(max_length=200, description="A part of a name or an e-mail.")] = "",
    before: Annotated[AwareDatetime | None, Query(description="Of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> UserPage:
    """Who there is."""
    found = users.page(before=before, limit=limit, find=find)
    return UserPage(
        users=[Me.of(one) for one in found],
        before=found[-1].user.created_at if len(found) == limit else None,
    )


@router.post("/{user_id}/disable")
def disable(user_id: str, admin: AdminUser, users: TheUsers) -> Me:
    """Lock a user out at once."""
    return Me.of(users.disable(user_id, by=admin.id))


@router.post("/{user_id}/enable")
def enable(user_id: str, _admin: AdminUser, users: TheUsers) -> Me:
    """Let a user in again."""
    return Me.of(users.enable(user_id))


@router.post("/{user_id}/plan")
def set_plan(user_id: str, body: PlanChange, _admin: AdminUser, users: TheUsers) -> Me:
    """Give a user a plan, for good or until then."""
    return Me.of(users.set_plan(user_id, body.plan, until=body.until))


@router.post("/{user_id}/role")
def set_role(user_id: str, body: RoleChange, admin: AdminUser, users: TheUsers) -> Me:
    """Make a user an admin, or no longer one."""
    return Me.of(users.make_admin(user_id, admin=body.admin, by=admin.id))


@router.delete("/{user_id}", status_code=204)
def delete_user(user_id: str, _admin: AdminUser, users: TheUsers) -> None:
    """Delete a user with everything that is theirs, for good."""
    users.delete(user_id)
