"""A model and a version as a team may make them: like those in the documentation of GetModel, filled up to 2.5 KB."""

import random

import msgspec

from modelry.families.labels.structs import Label
from modelry.families.model_versions.structs import CreateModelVersion
from modelry.families.models.structs import CreateModel

TEAMS = 40
STAGES = ("prod", "staging", "dev", "archived", "canary")
TASKS = ("text-classification", "text-to-image-synthesis", "translation", "fill-mask", "speech-recognition")


def new_model(name: str, workspace_id: str, chance: random.Random) -> CreateModel:
    """A model as a team may make it, with three labels."""
    return CreateModel(
        model_name=name,
        model_description="通用情感分析。 " + "A general model for the analysis of sentiment in short texts. " * 6,
        workspace_id=workspace_id,
        origin="ModelScope",
        domain="nlp",
        task=chance.choice(TASKS),
        model_doc="https://modelscope.example/damo/nlp_structbert_sentiment-classification_chinese-base/README.md",
        labels=[
            Label(key="team", value=f"team-{chance.randrange(TEAMS):02d}"),
            Label(key="stage", value=chance.choice(STAGES)),
            Label(key="base-model", value="structbert"),
        ],
        accessibility="PUBLIC",
        model_type="Checkpoint",
        extra_info=_raw(
            {
                "RatingCount": chance.randrange(10_000),
                "Rating": 4.94,
                "FavoriteCount": 34992,
                "CommentCount": 754,
                "CoverUris": [f"https://bucket.oss-cn-hangzhou.example/{chance.randrange(10**12)}.png"],
                "TippedAmountCount": 32,
                "DownloadCount": chance.randrange(1_000_000),
            }
        ),
        order_number=1,
        parameter_size=chance.randrange(100, 100_000),
    )


def new_version(model_id: str, chance: random.Random) -> CreateModelVersion:
    """A version with metrics of two data sets."""
    return CreateModelVersion(
        model_id=model_id,
        uri=f"oss://mybucket.oss-cn-beijing.example/models/{chance.randrange(10**12)}/",
        version_description="情感分析。 " + "Trained again with the reviews of the last quarter. " * 4,
        format_type="SavedModel",
        framework_type="TensorFlow",
        options="{}",
        source_type="PAIFlow",
        source_id=f"region=cn-shanghai,workspaceId=13,kind=PipelineRun,id=run-{chance.randrange(10**12)}",
        approval_status="Approved",
        labels=[Label(key="k1", value="v1")],
        metrics=_raw(
            {
                "Results": [
                    {"Dataset": {"DatasetId": "d-sdkjanksaklerhfd"}, "Metrics": {"cer": 0.175, "accuracy": 0.93}},
                    {"Dataset": {"Uri": "oss://mybucket/reviews/"}, "Metrics": {"cer": 0.172, "accuracy": 0.94}},
                ]
            }
        ),
        training_spec=_raw({}),
        inference_spec=_raw({"processor": "tensorflow_gpu_1.12"}),
        evaluation_spec=_raw({}),
        compression_spec=_raw({}),
        distillation_spec=_raw({}),
        extra_info=_raw(
            {"CoverUris": ["https://bucket.oss-cn-hangzhou.example/017.preview.png"], "TrainedWords": ["albedo"]}
        ),
    )


def _raw(value: object) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(value))
