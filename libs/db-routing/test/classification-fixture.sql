-- Everything that the rows of src/sql/statements.data.json name: what reads, and what only looks like it.
CREATE SCHEMA lab;
SET search_path = lab, public;

CREATE TABLE orders (
  id integer PRIMARY KEY,
  customer text NOT NULL,
  status text NOT NULL,
  total_cents integer NOT NULL,
  created timestamptz NOT NULL DEFAULT now(),
  details jsonb NOT NULL DEFAULT '{}',
  tags text[] NOT NULL DEFAULT '{}'
);
INSERT INTO orders
SELECT n, 'customer-' || n % 5, (ARRAY['open', 'paid', 'cancelled'])[1 + n % 3], n * 100,
  timestamptz '2026-01-01 00:00:00Z' + n * interval '1 hour', jsonb_build_object('n', n), ARRAY['a', 'b']
FROM generate_series(1, 50) AS n;
CREATE TABLE items (order_id integer NOT NULL REFERENCES orders, sku text NOT NULL, quantity integer NOT NULL);
INSERT INTO items SELECT n, 'sku-' || n % 7, 1 + n % 3 FROM generate_series(1, 50) AS n;
CREATE TABLE audit (id bigserial PRIMARY KEY, message text);
CREATE SEQUENCE order_numbers;
SELECT nextval('order_numbers');

-- Relations that a replica does not hold, or holds only in part.
CREATE UNLOGGED TABLE scratch (id integer PRIMARY KEY, note text);
INSERT INTO scratch VALUES (1, 'not on replicas');
CREATE TABLE measurements (at date NOT NULL, value integer) PARTITION BY RANGE (at);
CREATE TABLE measurements_2025 PARTITION OF measurements FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE measurements_2026 PARTITION OF measurements FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
INSERT INTO measurements VALUES ('2025-06-01', 1), ('2026-06-01', 2);
CREATE TABLE readings (at date NOT NULL, value integer) PARTITION BY RANGE (at);
CREATE UNLOGGED TABLE readings_2026 PARTITION OF readings FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE EXTENSION file_fdw SCHEMA lab;
CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
CREATE FOREIGN TABLE remote_orders (id integer) SERVER files OPTIONS (filename '/dev/null');

-- Functions.
CREATE FUNCTION vat(cents integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT cents / 5';
CREATE FUNCTION order_count() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT count(*) FROM lab.orders';
CREATE FUNCTION orders_of(who text) RETURNS SETOF orders LANGUAGE sql STABLE AS 'SELECT * FROM lab.orders WHERE customer = who';
CREATE FUNCTION log_visit(message text) RETURNS integer LANGUAGE plpgsql VOLATILE AS
  $$ BEGIN INSERT INTO lab.audit (message) VALUES (log_visit.message); RETURN 1; END $$;
CREATE FUNCTION roll_dice() RETURNS integer LANGUAGE sql VOLATILE AS 'SELECT 4';
CREATE FUNCTION enter_tenant(tenant text) RETURNS text LANGUAGE sql VOLATILE AS
  $$ SELECT set_config('app.tenant', tenant, false) $$;
CREATE FUNCTION mixed(n integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT n';
CREATE FUNCTION mixed(message text) RETURNS integer LANGUAGE sql VOLATILE AS 'SELECT lab.log_visit(message)';
-- Called as o.peek and (o).peek too.
CREATE FUNCTION peek(o orders) RETURNS integer LANGUAGE sql VOLATILE AS $$ SELECT lab.log_visit('peek') $$;
CREATE FUNCTION label(o orders) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT o.customer || '/' || o.id $$;
-- Bears the name of a function of PostgreSQL.
CREATE FUNCTION initcap(o orders) RETURNS integer LANGUAGE sql VOLATILE AS $$ SELECT lab.log_visit('initcap') $$;
CREATE PROCEDURE settle() LANGUAGE sql AS $$ INSERT INTO lab.audit (message) VALUES ('settled') $$;

CREATE FUNCTION logged_sum(state integer, value integer) RETURNS integer LANGUAGE sql VOLATILE AS
  $$ SELECT state + value * lab.log_visit('sum') $$;
CREATE AGGREGATE audited_sum(integer) (SFUNC = logged_sum, STYPE = integer, INITCOND = '0');
CREATE AGGREGATE plain_sum(integer) (SFUNC = int4pl, STYPE = integer, INITCOND = '0');

-- Operators.
CREATE FUNCTION logged_equal(a integer, b integer) RETURNS boolean LANGUAGE sql VOLATILE AS
  $$ SELECT a = b AND lab.log_visit('equal') = 1 $$;
CREATE OPERATOR === (LEFTARG = integer, RIGHTARG = integer, FUNCTION = logged_equal);
CREATE OPERATOR <+> (LEFTARG = integer, RIGHTARG = integer, FUNCTION = int4pl);

-- Types.
CREATE TYPE order_status AS ENUM ('open', 'paid', 'cancelled');
CREATE TYPE amount AS (cents integer, currency text);
CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
CREATE DOMAIN audited AS text CHECK (lab.log_visit(VALUE) = 1);
CREATE DOMAIN audited_code AS audited CHECK (length(VALUE) < 10);
CREATE FUNCTION amount_to_integer(a amount) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT a.cents';
CREATE CAST (amount AS integer) WITH FUNCTION amount_to_integer(amount);
CREATE TYPE visit AS (note text);
CREATE FUNCTION status_to_visit(s order_status) RETURNS visit LANGUAGE sql VOLATILE AS
  $$ SELECT ROW(lab.log_visit('cast')::text)::lab.visit $$;
CREATE CAST (order_status AS visit) WITH FUNCTION status_to_visit(order_status);

-- Nothing of the check shows where these are named.
CREATE TYPE note AS (text audited, n integer);
CREATE TABLE notes (id integer, text audited);
CREATE DOMAIN note_list AS audited[];
CREATE FUNCTION shout(message audited) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT upper(message)';
CREATE FUNCTION certified(message text) RETURNS audited LANGUAGE sql IMMUTABLE AS 'SELECT message';
CREATE FUNCTION numbered(n bigint DEFAULT nextval('lab.order_numbers')) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT n';

-- Views, plain and otherwise.
CREATE VIEW open_orders AS SELECT * FROM orders WHERE status = 'open';
CREATE VIEW stamped_orders AS SELECT id, now() AS seen, random() AS r FROM open_orders;
CREATE VIEW numbered_orders AS SELECT nextval('lab.order_numbers') AS number, id FROM orders;
CREATE VIEW numbered_twice AS SELECT number FROM numbered_orders;
CREATE VIEW scratch_notes AS SELECT note FROM scratch;
CREATE VIEW locked_orders AS SELECT id FROM orders WHERE id < 3 FOR UPDATE;
CREATE VIEW compared_orders AS SELECT id FROM orders WHERE id === 1;
CREATE MATERIALIZED VIEW totals AS SELECT customer, sum(total_cents) AS cents, count(lab.roll_dice()) AS n FROM orders GROUP BY customer;

-- Row-level security: read by lab_reader, since it does not bind a superuser.
CREATE TABLE watched (id integer);
INSERT INTO watched VALUES (1);
ALTER TABLE watched ENABLE ROW LEVEL SECURITY;
CREATE POLICY watching ON watched FOR SELECT USING (lab.log_visit('policy') = 1);
CREATE TABLE tenant_orders (id integer, tenant text);
INSERT INTO tenant_orders VALUES (1, 'a');
ALTER TABLE tenant_orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON tenant_orders FOR SELECT USING (tenant = current_setting('app.tenant', true));
CREATE ROLE lab_reader;
GRANT USAGE ON SCHEMA lab TO lab_reader;
GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA lab TO lab_reader;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA lab TO lab_reader;

-- Extensions.
CREATE EXTENSION tablefunc SCHEMA lab;
CREATE EXTENSION "uuid-ossp" SCHEMA lab;
CREATE EXTENSION tsm_system_rows SCHEMA lab;
