"""Everything that the Python SDK offers of dynamic secrets, in the order of a lease's life.

What it saw goes to standard output as JSON, one object; the test compares it with the cluster.
"""

import json
import os
from datetime import datetime, timedelta

from infisical_sdk import InfisicalSDKClient
from infisical_sdk.api_types import DynamicSecretProviders
from infisical_sdk.infisical_requests import APIError

NAME = "from-python"
PLACE = {"project_slug": os.environ["PROJECT"], "environment_slug": os.environ["ENVIRONMENT"], "path": "/"}
INPUTS = json.loads(os.environ["INPUTS"])


def refused(status, begins, call, *arguments, **named):
    try:
        call(*arguments, **named)
    except APIError as error:
        assert error.status_code == status, error
        assert str(error).startswith(begins), error
    else:
        raise AssertionError(f"{call} was not refused")


def time(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def live(client):
    client.auth.universal_auth.login(os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"])
    assert client.get_token()
    secrets, leases = client.dynamic_secrets, client.dynamic_secrets.leases

    folder = client.folders.create_folder(
        name="ci", environment_slug=os.environ["ENVIRONMENT"], project_id=os.environ["PROJECT_ID"], path="/"
    )
    found = client.folders.list_folders(
        project_id=os.environ["PROJECT_ID"], environment_slug=os.environ["ENVIRONMENT"], path="/"
    )
    assert folder.id in [one.id for one in found.folders], found

    made = secrets.create(
        name=NAME,
        provider_type=DynamicSecretProviders.KUBERNETES,
        inputs=INPUTS,
        default_ttl="1h",
        max_ttl="4h",
        metadata=[{"key": "team", "value": "a"}],
        **PLACE,
    )
    assert (made.name, made.type, made.defaultTTL, made.maxTTL) == (NAME, "kubernetes", "1h", "4h"), made
    assert made.inputs["clusterToken"] == INPUTS["clusterToken"], "the caller gets back what it sent"

    read = secrets.get_by_name(NAME, **PLACE)
    assert read.id == made.id and read.metadata == [{"key": "team", "value": "a"}], read
    assert "clusterToken" not in read.inputs, "the stored credential was revealed"

    changed = secrets.update(NAME, default_ttl="30m", **PLACE)
    assert (changed.id, changed.defaultTTL, changed.maxTTL) == (made.id, "30m", "4h"), changed

    issued = leases.create(dynamic_secret_name=NAME, ttl="20m", **PLACE)
    assert issued.lease.dynamicSecretId == made.id
    life = time(issued.lease.expireAt) - time(issued.lease.createdAt)
    assert abs(life - timedelta(minutes=20)) < timedelta(seconds=5), life
    usual = leases.create(dynamic_secret_name=NAME, **PLACE)

    read = leases.get(issued.lease.id, **PLACE)
    assert read.id == issued.lease.id and read.dynamicSecret.name == NAME, read

    refused(400, "Dynamic secret lease with ID ", leases.renew, issued.lease.id, ttl="30m", **PLACE)
    assert leases.revoke(issued.lease.id, **PLACE).id == issued.lease.id
    refused(404, "", leases.get, issued.lease.id, **PLACE)
    refused(404, "Dynamic secret lease with ID ", leases.renew, issued.lease.id, **PLACE)

    assert secrets.delete(NAME, **PLACE).id == made.id
    refused(404, "", secrets.get_by_name, NAME, **PLACE)
    return {"leases": [issued.lease.id, usual.lease.id], "token": issued.data["TOKEN"]}


with InfisicalSDKClient(host=os.environ["MAYFLY_URL"]) as client:
    print(json.dumps(live(client)))
