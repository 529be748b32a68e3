-- The roles of libs/shop-database/src/shop-database.ts. Table privileges are given by the migrations that make the tables.
\set migrator `cat /run/cluster/migrator`
\set order_service `cat /run/cluster/order_service`
\set history_service `cat /run/cluster/history_service`
\set monitor `cat /run/cluster/monitor`
\set replicator `cat /run/cluster/replicator`
CREATE ROLE migrator LOGIN PASSWORD :'migrator';
CREATE ROLE order_service LOGIN PASSWORD :'order_service';
CREATE ROLE history_service LOGIN PASSWORD :'history_service';
CREATE ROLE monitor LOGIN PASSWORD :'monitor';
GRANT pg_monitor TO monitor;
CREATE ROLE replicator LOGIN REPLICATION PASSWORD :'replicator';
-- What pg_rewind reads from its source (PostgreSQL manual, pg_rewind, Notes); replication gives away every byte anyway.
GRANT EXECUTE ON FUNCTION pg_ls_dir(text, boolean, boolean) TO replicator;
GRANT EXECUTE ON FUNCTION pg_stat_file(text, boolean) TO replicator;
GRANT EXECUTE ON FUNCTION pg_read_binary_file(text) TO replicator;
GRANT EXECUTE ON FUNCTION pg_read_binary_file(text, bigint, bigint, boolean) TO replicator;
CREATE DATABASE shop OWNER migrator;
REVOKE ALL ON DATABASE shop FROM PUBLIC;
GRANT CONNECT ON DATABASE shop TO order_service;
GRANT CONNECT ON DATABASE shop TO history_service;
GRANT CONNECT ON DATABASE shop TO monitor;
