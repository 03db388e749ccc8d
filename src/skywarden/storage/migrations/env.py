"""Run the migration steps on the connection that `storage.migrate` opened; Alembic executes this file."""

from alembic import context

from skywarden.storage.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    transactional_ddl=True,
    render_as_batch=True,
)
context.run_migrations()
