"""SIMULATION, not AWS: the provider plugins `aws`, `awsx` and `docker` of engine 2.

`serve` starts all three on free ports of 127.0.0.1.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
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

from simulation import limits, outputs, vpc
from simulation.inventory import AlreadyExistsError, Inventory
from simulation.outputs import NotSimulatedError
from simulation.protocol import UNKNOWN
from simulation.replacement import replaces
from simulation.wire import properties, reveal, to_struct

_PACKAGES = {"aws": "pulumi_aws", "awsx": "pulumi_awsx", "docker": "pulumi_docker"}
Answer = TypeVar("Answer")
_AUTONAMED = "__defaults"
_Kind = provider_pb2.PropertyDiff.Kind
_MESSAGE_LIMIT = [("grpc.max_receive_message_length", 64 << 20)]


class Servicer(provider_pb2_grpc.ResourceProviderServicer):
    """The provider of one package. Secret values stay marked as such from request to response."""

    def __init__(self, package: str, inventory: Inventory) -> None:
        self._version = version(_PACKAGES[package])
        self._inventory = inventory
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
        _or_abort(context, lambda: limits.check(token, inputs))
        resource_id, state = outputs.created(token, request.urn, inputs, self._region)
        key = _identity(token, resource_id, state)
        _or_abort(context, lambda: self._inventory.create(key, request.urn))
        return provider_pb2.CreateResponse(id=resource_id, properties=to_struct(state))

    def Read(
        self,
        request: provider_pb2.ReadRequest,
        context: Any,
    ) -> provider_pb2.ReadResponse:
        key = _identity(_token(request.urn), request.id, properties(request.properties))
        if not self._inventory.exists(key):
            return provider_pb2.ReadResponse()
        return provider_pb2.ReadResponse(
            id=request.id, properties=request.properties, inputs=request.inputs
        )

    def Update(
        self,
        request: provider_pb2.UpdateRequest,
        context: grpc.ServicerContext,
    ) -> provider_pb2.UpdateResponse:
        token, inputs, old = (
            _token(request.urn),
            properties(request.news),
            properties(request.olds),
        )
        if request.preview:
            state = outputs.previewed(token, inputs, old)
        else:
            _or_abort(context, lambda: limits.check(token, inputs))
            state = outputs.updated(token, request.urn, old, inputs, self._region)
            self._inventory.rename(_identity(token, request.id, state), request.urn)
        return provider_pb2.UpdateResponse(properties=to_struct(state))

    def Delete(
        self,
        request: provider_pb2.DeleteRequest,
        context: Any,
    ) -> empty_pb2.Empty:
        state = properties(request.properties)
        self._inventory.delete(_identity(_token(request.urn), request.id, state))
        return empty_pb2.Empty()

    def Invoke(
        self, request: provider_pb2.InvokeRequest, context: grpc.ServicerContext
    ) -> provider_pb2.InvokeResponse:
        args = properties(request.args)
        found = _or_abort(context, lambda: outputs.invoke(request.tok, args, self._region))
        response = provider_pb2.InvokeResponse()
        getattr(response, "return").CopyFrom(to_struct(found))
        return response

    def Construct(
        self, request: provider_pb2.ConstructRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ConstructResponse:
        return _or_abort(context, lambda: _construct(request))


def _construct(request: provider_pb2.ConstructRequest) -> provider_pb2.ConstructResponse:
    if request.type != vpc.COMPONENT:
        raise NotSimulatedError(f"SIMULATION, not AWS: component {request.type} is not simulated")
    args, aws = properties(request.inputs), request.providers.get("aws", "")
    with grpc.insecure_channel(request.monitorEndpoint, options=_MESSAGE_LIMIT) as channel:
        monitor = resource_pb2_grpc.ResourceMonitorStub(channel)
        component = monitor.RegisterResource(
            resource_pb2.RegisterResourceRequest(
                type=request.type,
                name=request.name,
                parent=request.parent,
                object=request.inputs,
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
        monitor.RegisterResourceOutputs(
            resource_pb2.RegisterResourceOutputsRequest(
                urn=component.urn, outputs=to_struct(constructed.state)
            )
        )
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
    except (NotSimulatedError, AlreadyExistsError, ValueError) as error:
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
    for path, kind in _changes(reveal(old), revealed, ""):
        replaced = replaces(token, path, revealed)
        detailed[path] = provider_pb2.PropertyDiff(
            kind=_Kind.Value(f"{kind}_REPLACE" if replaced else kind), inputDiff=True
        )
    replacing = [p for p, d in detailed.items() if _Kind.Name(d.kind).endswith("_REPLACE")]
    changes = (
        provider_pb2.DiffResponse.DIFF_SOME if detailed else provider_pb2.DiffResponse.DIFF_NONE
    )
    return provider_pb2.DiffResponse(
        replaces=replacing,
        diffs=list(dict.fromkeys(path.partition(".")[0].partition("[")[0] for path in detailed)),
        deleteBeforeReplace=bool(replacing) and _keeps_its_name(token, old, new),
        changes=changes,
        detailedDiff=detailed,
        hasDetailedDiff=True,
    )


def _keeps_its_name(token: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    named = outputs.description(token).name_property
    return bool(named) and named not in new.get(_AUTONAMED, []) and old.get(named) == new[named]


def _changes(old: Any, new: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in dict.fromkeys([*old, *new]):
            if not key.startswith("__"):
                plain = re.fullmatch(r"\w+", key)
                below = f"{path}.{key}".lstrip(".") if plain else f'{path}["{key}"]'
                yield from _changes(old.get(key), new.get(key), below)
    elif isinstance(old, list) and isinstance(new, list):
        for n in range(max(len(old), len(new))):
            yield from _changes(
                old[n] if n < len(old) else None, new[n] if n < len(new) else None, f"{path}[{n}]"
            )
    elif old != new:
        yield path, "ADD" if old is None else "DELETE" if new is None else "UPDATE"


def serve(inventory: Inventory) -> tuple[list[grpc.Server], str]:
    """Servers of all packages, and their ports in the form of PULUMI_DEBUG_PROVIDERS:
    `aws:PORT,awsx:PORT,docker:PORT`."""
    servers, ports = list[grpc.Server](), list[str]()
    for package in _PACKAGES:
        server = grpc.server(ThreadPoolExecutor(max_workers=8), options=_MESSAGE_LIMIT)
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(
            Servicer(package, inventory), server
        )
        ports.append(f"{package}:{server.add_insecure_port('127.0.0.1:0')}")
        server.start()
        servers.append(server)
    return servers, ",".join(ports)
