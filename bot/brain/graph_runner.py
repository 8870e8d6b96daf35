"""Seam: runs a model's graph in an order worked out once; Rasa builds a dask graph each time."""

from __future__ import annotations

from typing import Any

from rasa.engine.exceptions import GraphRunError
from rasa.engine.runner.dask import DaskGraphRunner


class OrderedGraphRunner(DaskGraphRunner):
    """Same nodes, same results as DaskGraphRunner; the order per set of targets is kept."""

    def run(
        self, inputs: dict[str, Any] | None = None, targets: list[str] | None = None
    ) -> dict[str, Any]:
        """Run the graph. Raises GraphRunError when an input's name is that of a node."""
        wanted = tuple(targets or self._graph_schema.target_names)
        results: dict[str, Any] = {}
        for name, value in (inputs or {}).items():
            if name in self._instantiated_nodes:
                raise GraphRunError(f"input {name!r} has the name of a node")
            results[name] = (name, value)
        for name, needs in self._order_for(wanted):
            node = self._instantiated_nodes[name]
            results[name] = node(*[results[need] for need in needs if need in results])
        return {name: results[name][1] for name in wanted}

    def _order_for(self, targets: tuple[str, ...]) -> list[tuple[str, tuple[str, ...]]]:
        orders: dict[tuple[str, ...], list[tuple[str, tuple[str, ...]]]]
        orders = self.__dict__.setdefault("_orders", {})
        if targets not in orders:
            schema = self._graph_schema.minimal_graph_schema(list(targets))
            ordered: dict[str, tuple[str, ...]] = {}

            def visit(name: str) -> None:
                if name in ordered or name not in schema.nodes:
                    return
                needs = tuple(schema.nodes[name].needs.values())
                for need in needs:
                    visit(need)
                ordered[name] = needs

            for target in targets:
                visit(target)
            orders[targets] = list(ordered.items())
        return orders[targets]
