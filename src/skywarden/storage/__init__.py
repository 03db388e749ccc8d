"""SQL engine, migrations, dialect differences; the only place that knows a dialect."""
