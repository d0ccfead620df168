"""The agents and models of AI-Web-Test to test with: a row of every table, for any project."""

from typing import Any

from psycopg.types.json import Jsonb

from tests.core.conftest import Cast

# every table of webtest beside test cases and executions, parents first
TABLES = ["agents", "agent_decisions", "agent_messages", "ml_models", "predictions"]
AGENTS = {"generation_agent_001": "generation", "analysis_agent_001": "analysis"}

DECISION = {
    "agent_id": "generation_agent_001",
    "agent_type": "generation",
    "decision_type": "generate_test",
    "context": Jsonb({"test_id": "TEST-000001"}),
    "decision": Jsonb({"action": "create"}),
    "confidence_score": 0.9,
    "execution_time_ms": 12.5,
}
MESSAGE = {
    "sender_id": "generation_agent_001",
    "receiver_id": "analysis_agent_001",
    "message_type": "analyse",
    "payload": Jsonb({"execution": 1}),
}
MODEL = {
    "name": "flaky",
    "version": "1.0",
    "model_type": "analysis",
    "framework": "sklearn",
    "metrics": Jsonb({"accuracy": 0.93}),
    "artifact_path": "models/flaky/1.0",
}
PREDICTION = {"features": Jsonb({"runs": 7}), "prediction": 1, "confidence": 0.8, "latency_ms": 3.5}


def add(cast: Cast, table: str, **row: Any) -> Any:
    """Insert one row as the superuser, its month's partition with it, and return its key."""
    if "created_at" in row and table in ("agent_decisions", "predictions"):
        month = "SELECT ops.create_partition(%s::regclass, (%s::timestamptz AT TIME ZONE 'UTC')::date)"
        cast.db.admin.execute(month, [f"webtest.{table}", row["created_at"]])
    marks = ", ".join("%s" for _ in row)
    key = "agent_id" if table == "agents" else "id"
    return cast.value(
        f"INSERT INTO webtest.{table} ({', '.join(row)}) VALUES ({marks}) RETURNING {key}", *row.values()
    )


def agents(cast: Cast, project: int) -> None:
    """Register both agents in that project."""
    for agent, kind in AGENTS.items():
        add(cast, "agents", agent_id=agent, project_id=project, agent_type=kind)


def decision(cast: Cast, project: int, **row: Any) -> int:
    """Insert a decision of that project's generation agent."""
    return add(cast, "agent_decisions", project_id=project, **{**DECISION, **row})


def message(cast: Cast, project: int, **row: Any) -> int:
    """Insert a message between that project's agents."""
    return add(cast, "agent_messages", project_id=project, **{**MESSAGE, **row})


def model(cast: Cast, project: int, **row: Any) -> int:
    """Insert a model of that project."""
    return add(cast, "ml_models", project_id=project, **{**MODEL, **row})


def prediction(cast: Cast, model_id: int, **row: Any) -> int:
    """Insert a prediction of that model."""
    return add(cast, "predictions", model_id=model_id, **{**PREDICTION, **row})


def rows(cast: Cast, project: int) -> dict[str, Any]:
    """Insert a row into every table of that project; return the key of each."""
    agents(cast, project)
    made = model(cast, project)
    return {
        "agents": "generation_agent_001",
        "agent_decisions": decision(cast, project),
        "agent_messages": message(cast, project),
        "ml_models": made,
        "predictions": prediction(cast, made),
    }


def hours_ago(cast: Cast, hours: float) -> Any:
    """Return the moment so many hours ago, by the server's clock."""
    return cast.value("SELECT now() - %s * interval '1 hour'", hours)
