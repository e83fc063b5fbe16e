#!/bin/sh
# Start of a container: `gateway`, `staging`, … run that service, `migrate` brings the database up to date,
# `plotproof …` is the command.
set -eu
case "${1:-local}" in
  plotproof) shift; exec python -m cli.main "$@" ;;
  migrate) exec python -m shared.db.migrate ;;
  *) exec python -m "services.${1:-local}" ;;
esac
