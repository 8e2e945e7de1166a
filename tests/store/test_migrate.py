"""The migrations: they give exactly the tables, once, whoever starts first."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from bot.store.engine import database_url as address
from bot.store.engine import make_engine
from bot.store.migrate import check_schema, migrate
from bot.store.tables import Base


def test_the_migrated_database_has_exactly_the_tables_of_the_code(empty_database_url: str) -> None:
    migrate(empty_database_url)
    engine = make_engine(empty_database_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []
        # The comparison does not look at the condition of a partial index, so we do.
        assert _conditions(inspect(connection)) == {
            "one_live_appointment_per_seat",
            "one_live_appointment_per_key",
            "one_live_referral_per_key",
            "one_live_sign_up_per_conversation",
            "one_live_sign_up_per_place",
            "one_open_handoff",
        }
    engine.dispose()


def _conditions(inspector) -> set[str]:  # type: ignore[no-untyped-def]
    return {
        index["name"]
        for table in inspector.get_table_names()
        for index in inspector.get_indexes(table)
        if index["unique"] and any(key.endswith("_where") for key in index.get("dialect_options", {}))
    }


def test_migrating_again_changes_nothing_and_keeps_the_rows(empty_database_url: str) -> None:
    migrate(empty_database_url)
    engine = make_engine(empty_database_url)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO audit (actor, action, at) VALUES ('a', 'read', '2026-11-25 09:00:00')"))
    migrate(empty_database_url)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM audit")).scalar() == 1
    engine.dispose()


def test_several_may_start_at_once(empty_database_url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        for result in [pool.submit(migrate, empty_database_url) for _ in range(4)]:
            result.result()
    engine = make_engine(empty_database_url)
    assert check_schema(engine) is None
    engine.dispose()


def test_a_step_that_fails_leaves_nothing_behind(empty_database_url: str) -> None:
    engine = make_engine(empty_database_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE turn (id INTEGER)"))  # in the way of the first step, after other tables
    with pytest.raises(Exception, match="turn"):
        migrate(empty_database_url)
    assert inspect(engine).get_table_names() == ["turn"]
    engine.dispose()


def test_check_schema_says_what_is_wrong(empty_database_url: str) -> None:
    engine = make_engine(empty_database_url)
    assert "no tables yet" in str(check_schema(engine))
    migrate(empty_database_url)
    assert check_schema(engine) is None
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'older'"))
    assert "at step older" in str(check_schema(engine))
    engine.dispose()


@pytest.mark.parametrize("url", ["postgres://u:p@db/doorwijzer", "postgresql://u:p@db/doorwijzer"])
def test_the_usual_forms_of_an_address_get_the_driver_we_install(url: str) -> None:
    assert address(url).render_as_string(hide_password=False) == "postgresql+psycopg2://u:p@db/doorwijzer"


def test_other_addresses_stay_as_they_are() -> None:
    assert str(address("sqlite:////tmp/a.db")) == "sqlite:////tmp/a.db"
    assert address("postgresql+pg8000://db/x").drivername == "postgresql+pg8000"
