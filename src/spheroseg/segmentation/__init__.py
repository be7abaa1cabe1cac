"""Image plane → labels: the model card, the runtime, tiles, scale, objects, quality flags."""

from spheroseg.kernels.scratch import release
from spheroseg.segmentation.assembly import apply_rules, rethreshold
from spheroseg.segmentation.classical import CLASSICAL, classical
from spheroseg.segmentation.cores import core_labels, cores
from spheroseg.segmentation.instances.splitting import Instances, SplitRule, split
from spheroseg.segmentation.maps import Maps, objects_from
from spheroseg.segmentation.network.card import (
    DataSource,
    ModelCard,
    NetworkFile,
    Normalisation,
    Splitting,
    describe_file,
    read_card,
    write_card,
)
from spheroseg.segmentation.network.catalogue import Model, find_model, list_models, load_model
from spheroseg.segmentation.predict import predict
from spheroseg.segmentation.prediction import Prediction, ScaleChoice
from spheroseg.segmentation.quality.flags import IMAGE_FLAGS, OBJECT_FLAGS
from spheroseg.segmentation.rules import DEFAULT_RULES, PRESETS, ObjectRules

__all__ = [
    "CLASSICAL",
    "DEFAULT_RULES",
    "IMAGE_FLAGS",
    "OBJECT_FLAGS",
    "PRESETS",
    "DataSource",
    "Instances",
    "Maps",
    "Model",
    "ModelCard",
    "NetworkFile",
    "Normalisation",
    "ObjectRules",
    "Prediction",
    "ScaleChoice",
    "SplitRule",
    "Splitting",
    "apply_rules",
    "classical",
    "core_labels",
    "cores",
    "describe_file",
    "find_model",
    "list_models",
    "load_model",
    "objects_from",
    "predict",
    "read_card",
    "release",
    "rethreshold",
    "split",
    "write_card",
]
