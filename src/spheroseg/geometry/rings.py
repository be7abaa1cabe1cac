"""Runs → rings: walks along the cracks between pixels and writes the corners as polygons."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spheroseg.geometry.runs import Runs
from spheroseg.kernels.compilation import compiled


@compiled
def trace_rings(
    runs: Runs, part_runs: NDArray[np.int32], part_start: NDArray[np.int64], width: int
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Outer ring and holes of every part.

    Args:
        runs: the linked runs of the image.
        part_runs: run numbers grouped by part, in raster order within each.
        part_start: (parts + 1,) where each part's runs begin in `part_runs`.
        width: of the image in pixels.

    Returns:
        vertices, vertex_start and ring_start of `Polygons`.
    """
    n_runs = len(runs.x_start)
    n_parts = len(part_start) - 1
    pinched = np.zeros(n_runs, np.bool_)
    for k in range(0, len(runs.touches), 2):
        first = runs.first_run[runs.touches[k]]
        if first == runs.first_run[runs.touches[k + 1]]:
            pinched[first] = True
    n_vertices = 0
    for node in range(2 * n_runs):
        if _side_x(runs, node) != _side_x(runs, runs.next_node[node]):
            n_vertices += 2
    vertices = np.empty((n_vertices, 2), np.float64)
    vertex_start = np.zeros(n_runs + 1, np.int64)  # every ring goes down at least one side: at most n_runs rings
    ring_start = np.zeros(n_parts + 1, np.int64)
    seen = np.zeros(n_runs, np.bool_)
    n_rings = 0
    used = 0
    for part in range(n_parts):
        for k in range(part_start[part], part_start[part + 1]):
            run = part_runs[k]
            if seen[run]:
                continue
            # the part's first run in raster order lies on its outer ring; what is unseen after that are holes
            begin = used
            node = 2 * run
            while True:
                if node & 1 == 0:
                    seen[node >> 1] = True
                following = runs.next_node[node]
                x, x_next = _side_x(runs, node), _side_x(runs, following)
                if x != x_next:
                    y = runs.y[node >> 1] + 1 - (node & 1)
                    vertices[used, 0] = x
                    vertices[used, 1] = y
                    vertices[used + 1, 0] = x_next
                    vertices[used + 1, 1] = y
                    used += 2
                node = following
                if node == 2 * run:
                    break
            if pinched[runs.first_run[run]]:
                n_rings = _separate_loops(vertices, begin, used, width, vertex_start, n_rings)
            else:
                n_rings += 1
                vertex_start[n_rings] = used
        ring_start[part + 1] = n_rings
    return vertices, vertex_start[: n_rings + 1].copy(), ring_start


@compiled
def _side_x(runs: Runs, node: int) -> int:
    x: int = runs.x_start[node >> 1] if node & 1 else runs.x_stop[node >> 1]
    return x


@compiled
def _separate_loops(
    vertices: NDArray[np.float64],
    begin: int,
    end: int,
    width: int,
    vertex_start: NDArray[np.int64],
    n_rings: int,
) -> int:
    """Cut a ring that passes some pixel corner twice into rings that do not.

    A part that meets itself at a corner encloses background there: as one self-touching ring this would be
    invalid, as an outer ring and a hole that share a point it is valid. The loop with positive area comes first.

    Returns:
        the new number of rings.
    """
    n = end - begin
    twin = _earlier_visits(vertices, begin, end, width)
    walked = vertices[begin:end].copy()
    stack = np.empty(n, np.int64)
    loops = np.empty(n, np.int64)  # vertices by loop
    loop_start = np.empty(n + 1, np.int64)
    loop_start[0] = 0
    n_loops = 0
    written = 0
    depth = 0
    for k in range(n):
        if twin[k] >= 0:  # everything since the earlier visit is a loop of its own
            base = depth - 1
            while stack[base] != twin[k]:
                base -= 1
            for m in range(base, depth):
                loops[written] = stack[m]
                written += 1
            n_loops += 1
            loop_start[n_loops] = written
            depth = base
        stack[depth] = k
        depth += 1
    for m in range(depth):
        loops[written] = stack[m]
        written += 1
    n_loops += 1
    loop_start[n_loops] = written
    outer = 0
    for loop in range(n_loops):
        if _twice_area(walked, loops, loop_start[loop], loop_start[loop + 1]) > 0:
            outer = loop
    used = begin
    for start in range(-1, n_loops):
        loop = outer if start < 0 else start
        if start == outer:
            continue
        for m in range(loop_start[loop], loop_start[loop + 1]):
            vertices[used, 0], vertices[used, 1] = walked[loops[m], 0], walked[loops[m], 1]
            used += 1
        n_rings += 1
        vertex_start[n_rings] = used
    return n_rings


@compiled
def _earlier_visits(vertices: NDArray[np.float64], begin: int, end: int, width: int) -> NDArray[np.int64]:
    """For each vertex of a ring the earlier one at the same place, −1 where there is none; by a hash table."""
    n = end - begin
    size = 16
    while size < 2 * n:
        size *= 2
    keys = np.empty(size, np.int64)
    holders = np.empty(size, np.int64)
    for slot in range(size):
        holders[slot] = -1
    twin = np.empty(n, np.int64)
    for k in range(n):
        key = int(vertices[begin + k, 1]) * (width + 1) + int(vertices[begin + k, 0])
        slot = (key * 0x9E3779B1 >> 7) & (size - 1)
        while holders[slot] >= 0 and keys[slot] != key:
            slot = (slot + 1) & (size - 1)
        twin[k] = holders[slot]
        keys[slot] = key
        holders[slot] = k
    return twin


@compiled
def _twice_area(points: NDArray[np.float64], index: NDArray[np.int64], begin: int, end: int) -> float:
    area = 0.0
    last = index[end - 1]
    for m in range(begin, end):
        here = index[m]
        area += points[last, 0] * points[here, 1] - points[here, 0] * points[last, 1]
        last = here
    return area


@compiled
def group_by_part(
    first_run: NDArray[np.int32], part_of_first_run: NDArray[np.int32], n_parts: int
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Run numbers grouped by part (a counting sort that keeps raster order), and where each part begins."""
    part_start = np.zeros(n_parts + 1, np.int64)
    for run in range(len(first_run)):
        part_start[part_of_first_run[first_run[run]] + 1] += 1
    for part in range(n_parts):
        part_start[part + 1] += part_start[part]
    position = part_start.copy()
    part_runs = np.empty(len(first_run), np.int32)
    for run in range(len(first_run)):
        part = part_of_first_run[first_run[run]]
        part_runs[position[part]] = run
        position[part] += 1
    return part_runs, part_start
