"""Quick scores on the validation split while a training runs: enough to see a curve, not for reports."""

from __future__ import annotations

from collections import defaultdict

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from spheroseg.training import data
from spheroseg.training.data import Picture
from spheroseg.training.resunet import SegmentationNetwork

TARGET_DIAMETER_PX = 64.0
LARGEST_SIDE_PX = 768


def prepare(picture: Picture, stride: int) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """A picture at the network's scale, cut to a multiple of the stride, and its labels."""
    typical = float(np.median(picture.diameters_px)) if len(picture.diameters_px) else TARGET_DIAMETER_PX
    factor = min(TARGET_DIAMETER_PX / typical, 3.0)
    height, width = (max(stride, round(side * factor)) for side in picture.plane.shape)
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    plane = cv2.resize(picture.plane.astype(np.float32), (width, height), interpolation=way)
    labels = cv2.resize(picture.labels.astype(np.float32), (width, height), interpolation=cv2.INTER_NEAREST)
    low, high = np.percentile(plane, data.NORMALISATION.percentiles)
    plane = data.NORMALISATION.encode((plane - low) / max(float(high - low), 1e-6))
    keep = tuple(min(side // stride * stride, LARGEST_SIDE_PX) for side in plane.shape)
    top, left = ((side - kept) // 2 for side, kept in zip(plane.shape, keep, strict=True))
    box = (slice(top, top + keep[0]), slice(left, left + keep[1]))
    return np.asarray(plane[box], np.float32), labels[box].astype(np.int32)


def _instances(probability: NDArray[np.float32], distance: NDArray[np.float32]) -> NDArray[np.int32]:
    """Objects: seeds where the distance is high, each pixel of the foreground to its nearest seed."""
    foreground = probability > 0.5
    seeds = (foreground & (distance > 0.5)).astype(np.uint8)
    count, _ = cv2.connectedComponents(seeds, connectivity=4)
    if count < 2:
        return np.zeros(foreground.shape, np.int32)
    _, nearest = cv2.distanceTransformWithLabels(1 - seeds, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_CCOMP)
    return np.where(foreground, nearest, 0).astype(np.int32)


def _average_precision(truth: NDArray[np.int32], found: NDArray[np.int32]) -> float:
    """TP / (TP + FP + FN) at IoU 0.5."""
    _, truth_dense = np.unique(truth, return_inverse=True)
    a, b = truth_dense.reshape(truth.shape), found
    joint = np.zeros((a.max() + 1, b.max() + 1), np.int64)
    np.add.at(joint, (a.ravel(), b.ravel()), 1)
    union = joint.sum(1, keepdims=True) + joint.sum(0, keepdims=True) - joint
    hits = int((joint[1:, 1:] / np.maximum(union[1:, 1:], 1) > 0.5).sum())
    n_truth, n_found = int((joint[1:].sum(1) > 0).sum()), int((joint[:, 1:].sum(0) > 0).sum())
    return hits / max(n_truth + n_found - hits, 1)


def quick_scores(network: SegmentationNetwork, pictures: list[Picture]) -> dict[str, tuple[float, float]]:
    """Foreground IoU and AP50 of each source, averaged over its pictures; (0…1, 0…1)."""
    device = next(network.parameters()).device
    scores: dict[str, list[tuple[float, float]]] = defaultdict(list)
    was_training = network.training
    network.eval()
    for picture in pictures:
        plane, labels = prepare(picture, network.stride)
        with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16):
            logits = network(torch.from_numpy(plane)[None, None].to(device))
        maps = torch.sigmoid(logits.float())[0].cpu().numpy()
        truth, found = labels > 0, maps[0] > 0.5
        iou = float((truth & found).sum() / max((truth | found).sum(), 1))
        scores[picture.source].append((iou, _average_precision(labels, _instances(maps[0], maps[1]))))
    network.train(was_training)
    return {source: tuple(np.mean(values, 0).tolist()) for source, values in scores.items()}
