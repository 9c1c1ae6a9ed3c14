"""SIMULATION, not AWS: the provider plugins `aws`, `awsx` and `docker` of engine 2.

`serve` starts all three on free ports of 127.0.0.1.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import (
    plugin_pb2,
    provider_pb2,
    provider_pb2_grpc,
    resource_pb2,
    resource_pb2_grpc,
)

from resource_types.catalog import FUNCTIONS, TYPES
from resource_types.model import Inputs
from resource_types.refusals import values_at
from settings.project import ROOT
from simulation import docker_context, outputs, refusals, vpc
from simulation.inventory import AlreadyExistsError, Existing, Inventory, NotFoundError
from simulation.outputs import NotSimulatedError
from simulation.protocol import UNKNOWN
from simulation.refusals import RefusedError
from simulation.replacement import changes, has_grown, replaces
from simulation.wire import mask, properties, reveal, to_struct

_PACKAGES = {"aws": "pulumi_aws", "awsx": "pulumi_awsx", "docker": "pulumi_docker"}
_IMAGE = "docker:index/image:Image"
Answer = TypeVar("Answer")
_AUTONAMED = "__defaults"
_Kind = provider_pb2.PropertyDiff.Kind
_MESSAGE_LIMIT = [("grpc.max_receive_message_length", 64 << 20)]


class Servicer(provider_pb2_grpc.ResourceProviderServicer):
    """The provider of one package. Secret values stay marked as such from request to response."""

    def __init__(self, package: str, inventory: Inventory, root: Path) -> None:
        self._version = version(_PACKAGES[package])
        self._inventory = inventory
        self._root = root
        self._region = "us-east-1"

    def Handshake(
        self,
        request: provider_pb2.ProviderHandshakeRequest,
        context: Any,
    ) -> provider_pb2.ProviderHandshakeResponse:
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True, accept_resources=True)

    def GetPluginInfo(self, request: Any, context: Any) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=self._version)

    def Attach(self, request: Any, context: Any) -> empty_pb2.Empty:
        return empty_pb2.Empty()

    def Cancel(self, request: Any, context: Any) -> empty_pb2.Empty:
        return empty_pb2.Empty()

    def CheckConfig(
        self,
        request: provider_pb2.CheckRequest,
        context: Any,
    ) -> provider_pb2.CheckResponse:
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(
        self,
        request: provider_pb2.DiffRequest,
        context: Any,
    ) -> provider_pb2.DiffResponse:
        return _diff("", properties(request.old_inputs), properties(request.news))

    def Configure(
        self,
        request: provider_pb2.ConfigureRequest,
        context: Any,
    ) -> provider_pb2.ConfigureResponse:
        region = properties(request.args).get("region")
        if region and region != UNKNOWN:
            self._region = str(region)
        return provider_pb2.ConfigureResponse(
            acceptSecrets=True, acceptResources=True, supportsPreview=True
        )

    def Check(
        self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CheckResponse:
        token = _token(request.urn)
        named = _or_abort(context, lambda: outputs.description(token)).name_property
        inputs = properties(request.news)
        if named and inputs.get(named) is None:
            inputs |= _automatic_name(named, request)
        if token == _IMAGE:
            inputs["build"] = _or_abort(context, lambda: _with_context(inputs, self._root))
        return provider_pb2.CheckResponse(inputs=to_struct(inputs))

    def Diff(
        self,
        request: provider_pb2.DiffRequest,
        context: Any,
    ) -> provider_pb2.DiffResponse:
        old = properties(request.old_inputs)
        new = properties(request.news)
        for path in request.ignoreChanges:
            _keep(path, old, new)
        return _diff(_token(request.urn), old, new)

    def Create(
        self, request: provider_pb2.CreateRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CreateResponse:
        token, inputs = _token(request.urn), properties(request.properties)
        if request.preview:
            return provider_pb2.CreateResponse(
                properties=to_struct(outputs.previewed(token, inputs))
            )
        _or_abort(context, lambda: refusals.judge_values(token, inputs))
        resource_id, state = outputs.created(token, request.urn, inputs, self._region)
        _or_abort(context, lambda: self._create(self._existing(request.urn, resource_id, state)))
        return provider_pb2.CreateResponse(id=resource_id, properties=to_struct(state))

    def Read(
        self,
        request: provider_pb2.ReadRequest,
        context: Any,
    ) -> provider_pb2.ReadResponse:
        token, state = _token(request.urn), properties(request.properties)
        found = self._find(token, request.id, state)
        if found is None:
            return provider_pb2.ReadResponse()
        moved, inputs = found.moved, properties(request.inputs)
        state = {**found.properties, **state}  # of an import it holds no output yet
        computed = outputs.description(token).outputs
        inputs = inputs or {k: v for k, v in found.properties.items() if k not in computed}
        # As the bridge does: the inputs that were given get the values that were read.
        inputs |= {key: value for key, value in moved.items() if key in inputs}
        return provider_pb2.ReadResponse(
            id=request.id, properties=to_struct(state | dict(moved)), inputs=to_struct(inputs)
        )

    def Update(
        self, request: provider_pb2.UpdateRequest, context: grpc.ServicerContext
    ) -> provider_pb2.UpdateResponse:
        token, inputs, old = (
            _token(request.urn),
            properties(request.news),
            properties(request.olds),
        )
        if request.preview:
            state = outputs.previewed(token, inputs, old)
        else:
            _or_abort(context, lambda: refusals.judge_values(token, inputs))
            state = outputs.updated(token, request.urn, old, inputs, self._region)
            _or_abort(context, lambda: self._update(request.urn, request.id, old, state))
        return provider_pb2.UpdateResponse(properties=to_struct(state))

    def Delete(
        self, request: provider_pb2.DeleteRequest, context: grpc.ServicerContext
    ) -> empty_pb2.Empty:
        old = self._existing(request.urn, request.id, properties(request.properties))
        _or_abort(context, lambda: self._delete(old))
        return empty_pb2.Empty()

    def Invoke(
        self, request: provider_pb2.InvokeRequest, context: grpc.ServicerContext
    ) -> provider_pb2.InvokeResponse:
        args = properties(request.args)
        found = _or_abort(context, lambda: self._invoke(request.tok, args))
        response = provider_pb2.InvokeResponse()
        getattr(response, "return").CopyFrom(to_struct(found))
        return response

    def _invoke(self, function: str, args: Inputs) -> dict[str, Any]:
        wanted = FUNCTIONS[function].finds if function in FUNCTIONS else ""
        if not wanted:
            return outputs.invoke(function, args, self._region)
        found = self._inventory.named(wanted, str(args["name"]))
        return {**found.properties, **found.moved}

    def _find(self, token: str, resource_id: str, state: Mapping[str, Any]) -> Existing | None:
        """The resource of this id, and of this ARN where the state knows it."""
        for found in self._inventory.of_type(token):
            if found.id == resource_id and state.get("arn") in (None, found.properties.get("arn")):
                return found
        return None

    def _existing(self, urn: str, resource_id: str, state: Mapping[str, Any]) -> Existing:
        token = _token(urn)
        return Existing(
            key=_identity(token, resource_id, state),
            urn=urn,
            type=token,
            id=resource_id,
            region=str(state.get("region") or self._region),
            properties=mask(state),
        )

    def _create(self, new: Existing) -> None:
        with self._inventory.lock, self._noting(new):
            refusals.judge_creation(self._inventory, new)
            self._inventory.create(new)

    def _update(self, urn: str, resource_id: str, old: Inputs, new: Inputs) -> None:
        """Only what differs reaches AWS: what it has moved by itself since stays as it is."""
        sent = self._existing(urn, resource_id, new)
        with self._inventory.lock, self._noting(sent):
            known = self._inventory.find(sent.key) or self._existing(urn, resource_id, old)
            kept = outputs.description(sent.type).keeps
            left = {key: known.properties[key] for key in kept if key in known.properties}
            moved = {key: v for key, v in known.moved.items() if old.get(key) == new.get(key)}
            before = {**known.properties, **reveal(old), **known.moved}
            after = {**left, **reveal(new), **moved}
            refusals.judge_update(
                self._inventory, replace(known, properties=before), replace(sent, properties=after)
            )
            properties = {**left, **sent.properties}
            self._inventory.update(replace(sent, properties=properties, moved=moved))
            self._end(self._named_by(known) - self._named_by(sent))

    def _delete(self, old: Existing) -> None:
        with self._inventory.lock, self._noting(old):
            known = self._inventory.find(old.key)
            if known:
                now = replace(known, properties={**known.properties, **known.moved})
                refusals.judge_deletion(self._inventory, now)
                self._inventory.delete(old.key, refusals.name_left(now))
                self._end(self._named_by(now))

    def _named_by(self, holder: Existing) -> set[str]:
        """The keys of what AWS deletes with the resource, or when it names them no longer."""
        return {
            one.key
            for described in TYPES.values()
            if holder.type in described.ends_with
            for one in self._inventory.of_type(described.token)
            if one.id in values_at(holder.properties, described.ends_with[holder.type])
        }

    def _end(self, keys: set[str]) -> None:
        for key in keys:
            self._inventory.delete(key)

    @contextmanager
    def _noting(self, resource: Existing) -> Generator[None]:
        """Writes a refusal into the journal."""
        try:
            yield
        except (AlreadyExistsError, RefusedError) as error:
            self._inventory.refuse(resource.key, resource.urn, str(error))
            raise

    def Construct(
        self, request: provider_pb2.ConstructRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ConstructResponse:
        return _or_abort(context, lambda: _construct(request))


def _with_context(inputs: Mapping[str, Any], root: Path) -> dict[str, Any]:
    """The input that the provider adds, which changes whenever the image has to be built again."""
    build = inputs["build"]
    found = docker_context.digest(root / build["context"], root / build["dockerfile"])
    return {**build, "contextDigest": found}


def _construct(request: provider_pb2.ConstructRequest) -> provider_pb2.ConstructResponse:
    if request.type != vpc.COMPONENT:
        raise NotSimulatedError(f"SIMULATION, not AWS: component {request.type} is not simulated")
    args, aws = properties(request.inputs), request.providers.get("aws", "")
    # As awsx does: the component's inputs and outputs are not in the state (awsx/schema-types.ts).
    with grpc.insecure_channel(request.monitorEndpoint, options=_MESSAGE_LIMIT) as channel:
        monitor = resource_pb2_grpc.ResourceMonitorStub(channel)
        component = monitor.RegisterResource(
            resource_pb2.RegisterResourceRequest(
                type=request.type,
                name=request.name,
                parent=request.parent,
                acceptSecrets=True,
                acceptResources=True,
                protect=request.protect,
                aliases=request.aliases,
                dependencies=request.dependencies,
                providers=request.providers,
            )
        )
        zones = vpc.zone_names(args, lambda: _available_zones(monitor, aws))
        constructed = vpc.construct(monitor, component.urn, request.name, args, zones, aws)
    response = provider_pb2.ConstructResponse(urn=component.urn, state=to_struct(constructed.state))
    for key, urns in constructed.dependencies.items():
        response.stateDependencies[key].urns.extend(urns)
    return response


def _available_zones(monitor: resource_pb2_grpc.ResourceMonitorStub, provider: str) -> list[str]:
    request = resource_pb2.ResourceInvokeRequest(
        tok="aws:index/getAvailabilityZones:getAvailabilityZones",
        provider=provider,
        version=version("pulumi_aws"),
    )
    return list(properties(getattr(monitor.Invoke(request), "return"))["names"])


def _identity(token: str, resource_id: str, state: Mapping[str, Any]) -> str:
    """What identifies a resource: the ids of some types are not unique, their ARNs are."""
    arn = state["arn"] if "arn" in outputs.description(token).outputs else ""
    return f"{token} {resource_id} {arn}".strip()


def _token(urn: str) -> str:
    return urn.split("::")[2].rpartition("$")[2]


def _or_abort(context: grpc.ServicerContext, answer: Callable[[], Answer]) -> Answer:
    try:
        return answer()
    except (
        NotSimulatedError,
        AlreadyExistsError,
        NotFoundError,
        RefusedError,
        ValueError,
    ) as error:
        context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
        raise


def _automatic_name(named: str, request: provider_pb2.CheckRequest) -> dict[str, Any]:
    """Pulumi's auto-naming: the name that the resource has, else its logical name and 7 random hex
    digits."""
    old = properties(request.olds)
    if named in old.get(_AUTONAMED, []):
        return {named: old[named], _AUTONAMED: [named]}
    suffix = hashlib.sha256(request.randomSeed).hexdigest()[:7]
    return {named: f"{request.urn.rpartition('::')[2]}-{suffix}", _AUTONAMED: [named]}


def _keep(path: str, old: dict[str, Any], new: dict[str, Any]) -> None:
    key = path.partition(".")[0].partition("[")[0]
    new.pop(key, None)
    if key in old:
        new[key] = old[key]


def _diff(token: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> provider_pb2.DiffResponse:
    detailed = dict[str, provider_pb2.PropertyDiff]()
    revealed = reveal(new)
    for path, kind in changes(reveal(old), revealed, ""):
        if has_grown(token, path, old, revealed):
            continue
        replaced = replaces(token, path, revealed)
        detailed[path] = provider_pb2.PropertyDiff(
            kind=_Kind.Value(f"{kind}_REPLACE" if replaced else kind), inputDiff=True
        )
    replacing = [p for p, d in detailed.items() if _Kind.Name(d.kind).endswith("_REPLACE")]
    any_change = (
        provider_pb2.DiffResponse.DIFF_SOME if detailed else provider_pb2.DiffResponse.DIFF_NONE
    )
    return provider_pb2.DiffResponse(
        replaces=replacing,
        diffs=list(dict.fromkeys(path.partition(".")[0].partition("[")[0] for path in detailed)),
        deleteBeforeReplace=bool(replacing) and _keeps_its_name(token, old, new),
        changes=any_change,
        detailedDiff=detailed,
        hasDetailedDiff=True,
    )


def _keeps_its_name(token: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    named = outputs.description(token).name_property
    return bool(named) and named not in new.get(_AUTONAMED, []) and old.get(named) == new[named]


def serve(
    inventory: Inventory, root: Path = ROOT, servicer: type[Servicer] = Servicer
) -> tuple[list[grpc.Server], str]:
    """Servers of all packages, and their ports in the form of PULUMI_DEBUG_PROVIDERS:
    `aws:PORT,awsx:PORT,docker:PORT`. The contexts of builds are below `root`."""
    servers, ports = list[grpc.Server](), list[str]()
    for package in _PACKAGES:
        server = grpc.server(ThreadPoolExecutor(max_workers=8), options=_MESSAGE_LIMIT)
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(
            servicer(package, inventory, root), server
        )
        ports.append(f"{package}:{server.add_insecure_port('127.0.0.1:0')}")
        server.start()
        servers.append(server)
    return servers, ",".join(ports)
