#!/bin/sh
# Once, on an empty volume: creates the roles and the database of libs/shop-database/src/shop-database.ts.
# psql reads the passwords itself, so that they do not appear in a command line.
set -eu
psql --no-psqlrc -v ON_ERROR_STOP=1 -U postgres -d postgres <<'SQL'
\set migrator `cat /run/passwords/migrator`
\set order_service `cat /run/passwords/order_service`
\set history_service `cat /run/passwords/history_service`
\set monitor `cat /run/passwords/monitor`
\set replicator `cat /run/passwords/replicator`
CREATE ROLE migrator LOGIN PASSWORD :'migrator';
CREATE ROLE order_service LOGIN PASSWORD :'order_service';
CREATE ROLE history_service LOGIN PASSWORD :'history_service';
CREATE ROLE monitor LOGIN PASSWORD :'monitor';
GRANT pg_monitor TO monitor;
CREATE ROLE replicator LOGIN REPLICATION PASSWORD :'replicator';
CREATE DATABASE shop OWNER migrator;
REVOKE ALL ON DATABASE shop FROM PUBLIC;
GRANT CONNECT ON DATABASE shop TO order_service;
GRANT CONNECT ON DATABASE shop TO history_service;
GRANT CONNECT ON DATABASE shop TO monitor;
SQL
