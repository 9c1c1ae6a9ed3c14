"""SIMULATION, not AWS: engine 1. The program in this process, against a recording monitor.

No CLI, no account, no network. What only AWS knows appears as `${name.property}`.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import logging
import runpy
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pulumi
from google.protobuf import empty_pb2
from pulumi.runtime import mocks
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.settings import ROOT, SETTINGS
from pulumi.runtime.stack import run_in_stack

from resource_types.aws.network.ec2 import availability_zones
from settings import stack_config, stack_file
from settings.stack_config import StackConfig
from simulation import outputs, vpc
from simulation.plan import Plan, PlannedResource
from simulation.protocol import STACK
from simulation.stack_reference import image_digests
from simulation.wire import mask, properties, reveal, to_struct

_REFERENCE = "pulumi:pulumi:StackReference"
ORGANIZATION = "organization"


def preview(stack: str, project_dir: Path) -> Plan:
    """The plan of a stack from its file, its encrypted values replaced by simulated ones."""
    return preview_config(stack_config.read(stack, project_dir), stack, project_dir)


def preview_config(
    config: StackConfig,
    stack: str,
    project_dir: Path,
    program: Callable[[], None] | None = None,
) -> Plan:
    """The plan of a stack with this config; can be called any number of times in one process."""
    return _plan(
        _Recorder(config, stack, stack_file.project_name(project_dir)), project_dir, program
    )


def create_config(config: StackConfig, stack: str, project_dir: Path) -> Plan:
    """The stack of this config as after its simulated creation: with ids, outputs and secrets."""
    project = stack_file.project_name(project_dir)
    return _plan(_Recorder(config, stack, project, creates=True), project_dir)


def _plan(
    recorder: _Recorder, project_dir: Path, program: Callable[[], None] | None = None
) -> Plan:
    run = program or (lambda: _run_main(project_dir))
    contextvars.copy_context().run(_run, run, recorder)
    return Plan(
        stack=recorder.stack,
        engine="process",
        resources=tuple(recorder.planned.values()),
        outputs=recorder.exported,
        warnings=tuple(recorder.warnings),
    )


def _run_main(project_dir: Path) -> None:
    """In the project's folder, as the engine does."""
    with contextlib.chdir(project_dir):
        runpy.run_path(str(project_dir.resolve() / "__main__.py"), run_name="__main__")


class _Inline(ThreadPoolExecutor):
    """Runs at once what the SDK would send to a thread: faster, and always in the same order."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as error:
            future.set_exception(error)
        return future


def _run(program: Callable[[], None], recorder: _Recorder) -> None:
    # asyncio reports each output that a failed program did not await.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    loop = asyncio.new_event_loop()
    loop.set_default_executor(_Inline(max_workers=1))
    asyncio.set_event_loop(loop)
    try:
        pulumi.runtime.set_all_config(
            recorder.config.as_strings(), list(recorder.config.secret_keys)
        )
        _use(recorder)
        loop.run_until_complete(run_in_stack(lambda: _finish(program)))
    finally:
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()
        asyncio.set_event_loop(None)


async def _finish(program: Callable[[], None]) -> None:
    """Awaits the program's outputs together: the SDK's own way takes quadratic time."""
    program()
    # Its type escapes pyright: the SDK declares it through a decorator of its own.
    outstanding: set[asyncio.Task[Any]] = cast(Any, SETTINGS).outputs
    while outstanding:
        tasks = list(outstanding)
        outstanding.clear()
        await asyncio.wait(tasks)
        failed = [task for task in tasks if task.cancelled() or task.exception()]
        if failed:  # left to the SDK, which knows which of them to raise
            outstanding.update(failed)
            return


def _use(recorder: _Recorder) -> None:
    logger = logging.Logger("plataforma")
    logger.addHandler(_Warnings(recorder.warnings))
    features = recorder.GetDeploymentInfo(empty_pb2.Empty()).supportedFeatures
    settings = mocks.MockSettings(
        monitor=recorder,
        monitor_features=set(features),
        engine=mocks.MockEngine(logger),
        project=recorder.project,
        stack=recorder.stack,
        organization=ORGANIZATION,
        dry_run=True,
        callbacks=None,
        outputs=set(),
        package_refs={},
        lock=threading.Lock(),
    )
    pulumi.runtime.configure(settings)
    ROOT.set(None)


class _Warnings(logging.Handler):
    def __init__(self, kept: list[str]) -> None:
        super().__init__(logging.WARNING)
        self.kept = kept

    def emit(self, record: logging.LogRecord) -> None:
        self.kept.append(record.getMessage())


class _NoMocks(mocks.Mocks):
    """Not called: the recorder answers, but the SDK requires mocks."""

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], None]:
        raise NotImplementedError(args.token)

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        raise NotImplementedError(args.typ)


class _Recorder(mocks.MockMonitor):
    """Takes the engine's place: gives each resource its URN and outputs, and records it."""

    def __init__(
        self, config: StackConfig, stack: str, project: str, *, creates: bool = False
    ) -> None:
        super().__init__(_NoMocks())
        self.creates = creates
        self.config, self.stack, self.project = config, stack, project
        self.region = str(
            config.values.get("aws:region") or config.values.get(f"{project}:region") or "us-east-1"
        )
        self.planned = dict[str, PlannedResource]()
        self.states = dict[str, dict[str, Any]]()
        self.exported: Mapping[str, Any] = {}
        self.warnings = list[str]()

    def RegisterResource(
        self, request: resource_pb2.RegisterResourceRequest
    ) -> resource_pb2.RegisterResourceResponse:
        urn = self._urn(request.parent, request.type, request.name)
        if request.type == STACK:
            return resource_pb2.RegisterResourceResponse(urn=urn)
        inputs = properties(request.object)
        self._record(urn, request, inputs)
        resource_id, state = "", inputs
        dependencies: Mapping[str, list[str]] = {}
        if request.remote:
            made = self._construct(urn, request, inputs)
            state, dependencies = dict(made.state), made.dependencies
        elif request.custom and not request.type.startswith("pulumi:providers:"):
            resource_id, state = self._outputs(urn, request, inputs)
        elif request.custom:
            resource_id = f"${{{request.name}.id}}"
        self.states[urn] = {"urn": urn, "id": resource_id, "state": state}
        response = resource_pb2.RegisterResourceResponse(
            urn=urn, id=resource_id, object=to_struct(state)
        )
        for key, urns in dependencies.items():
            response.propertyDependencies[key].urns.extend(urns)
        return response

    def ReadResource(
        self, request: resource_pb2.ReadResourceRequest
    ) -> resource_pb2.ReadResourceResponse:
        urn = self._urn(request.parent, request.type, request.name)
        if request.type != _REFERENCE:
            raise outputs.NotSimulatedError(
                f"SIMULATION, not AWS: reading an existing {request.type} is not simulated; "
                "add it to simulation/process.py"
            )
        planned = PlannedResource(
            request.type, request.name, {"name": request.id}, urn=urn, operation="read"
        )
        self.planned.setdefault(urn, planned)
        state = {
            "name": request.id,
            "outputs": {"imageDigests": image_digests(self.config.values, request.id)},
            "secretOutputNames": [],
        }
        return resource_pb2.ReadResourceResponse(urn=urn, properties=to_struct(state))

    def Invoke(
        self, request: resource_pb2.ResourceInvokeRequest
    ) -> resource_pb2.ResourceInvokeResponse:
        args = properties(request.args)
        if request.tok == "pulumi:pulumi:getResource":
            found = self.states[args["urn"]]
        else:
            found = outputs.invoke(request.tok, args, self.region)
        response = resource_pb2.ResourceInvokeResponse()
        getattr(response, "return").CopyFrom(to_struct(found))
        return response

    def RegisterResourceOutputs(
        self, request: resource_pb2.RegisterResourceOutputsRequest
    ) -> empty_pb2.Empty:
        if f"::{STACK}::" in request.urn:
            self.exported = mask(properties(request.outputs))
        return empty_pb2.Empty()

    def _construct(
        self, urn: str, request: resource_pb2.RegisterResourceRequest, inputs: dict[str, Any]
    ) -> vpc.Constructed:
        if request.type != vpc.COMPONENT:
            raise outputs.NotSimulatedError(
                f"SIMULATION, not AWS: component {request.type} is not simulated"
            )
        zones = vpc.zone_names(inputs, lambda: availability_zones(self.region))
        provider = request.providers.get("aws", "")
        return vpc.construct(self, urn, request.name, inputs, zones, provider)

    def _outputs(
        self, urn: str, request: resource_pb2.RegisterResourceRequest, inputs: dict[str, Any]
    ) -> tuple[str, dict[str, Any]]:
        if not self.creates:
            return outputs.placeholders(request.type, request.name, inputs, self.region)
        resource_id, state = outputs.created(request.type, urn, inputs, self.region)
        known = reveal({**state, "id": resource_id})
        self.planned[urn] = replace(self.planned[urn], inputs=reveal(inputs), outputs=known)
        return resource_id, state

    def _record(
        self, urn: str, request: resource_pb2.RegisterResourceRequest, inputs: dict[str, Any]
    ) -> None:
        if urn in self.planned:
            raise pulumi.RunError(f"Duplicate resource URN '{urn}'; try giving it a unique name")
        stack = f"::{STACK}::"
        self.planned[urn] = PlannedResource(
            urn=urn,
            type=request.type,
            name=request.name,
            parent="" if stack in request.parent else request.parent,
            inputs=mask(inputs),
            custom=request.custom,
            property_dependencies={
                key: tuple(sorted(found.urns))
                for key, found in request.propertyDependencies.items()
                if found.urns
            },
            ignore_changes=tuple(request.ignoreChanges),
            replace_on_changes=tuple(request.replaceOnChanges),
            retain_on_delete=request.retainOnDelete,
        )

    def _urn(self, parent: str, token: str, name: str) -> str:
        chain = parent.split("::")[2] if parent else ""
        qualified = token if chain in ("", STACK) else f"{chain}${token}"
        return f"urn:pulumi:{self.stack}::{self.project}::{qualified}::{name}"
