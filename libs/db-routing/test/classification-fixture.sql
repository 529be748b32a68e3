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

-- What no source or label proves.
CREATE FUNCTION enter_by_format(tenant text) RETURNS void LANGUAGE plpgsql VOLATILE AS
  $$ BEGIN EXECUTE format('SET app.tenant TO %L', tenant); END $$;
CREATE FUNCTION set_then_count() RETURNS bigint LANGUAGE plpgsql STABLE AS
  $$ BEGIN PERFORM set_config('app.tenant', 'stable', false); RETURN (SELECT count(*) FROM lab.orders); END $$;
CREATE FUNCTION lock_order(id integer) RETURNS boolean LANGUAGE sql STABLE AS 'SELECT pg_try_advisory_lock(id)';
CREATE FUNCTION count_of(relation text) RETURNS bigint LANGUAGE plpgsql STABLE AS
  $$ DECLARE n bigint; BEGIN EXECUTE format('SELECT count(*) FROM lab.%I', relation) INTO n; RETURN n; END $$;
CREATE FUNCTION as_c(a integer, b integer) RETURNS integer LANGUAGE internal IMMUTABLE AS 'int4pl';
-- What their source proves.
CREATE FUNCTION cents_of(who text) RETURNS integer LANGUAGE plpgsql STABLE AS $$
  DECLARE o lab.orders%ROWTYPE; cents integer := 0;
  BEGIN
    FOR o IN SELECT * FROM lab.orders WHERE customer = who LOOP
      o.total_cents := o.total_cents + 0;
      cents := cents + o.total_cents;
    END LOOP;
    IF cents > 1000000 THEN RAISE NOTICE 'much: %', cents; END IF;
    RETURN cents;
  END $$;
CREATE FUNCTION paid(o orders) RETURNS boolean LANGUAGE sql IMMUTABLE RETURN (o).status = 'paid';
CREATE FUNCTION paid_count() RETURNS bigint LANGUAGE sql STABLE BEGIN ATOMIC SELECT count(*) FROM lab.orders o WHERE lab.paid(o); END;
CREATE FUNCTION even(n integer) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS
  $$ BEGIN IF n = 0 THEN RETURN true; END IF; RETURN lab.odd(n - 1); END $$;
CREATE FUNCTION odd(n integer) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS
  $$ BEGIN IF n = 0 THEN RETURN false; END IF; RETURN lab.even(n - 1); END $$;
-- One of a pair that call each other leaves something.
CREATE FUNCTION ping(n integer) RETURNS integer LANGUAGE plpgsql STABLE AS
  $$ BEGIN IF n < 1 THEN RETURN 0; END IF; RETURN lab.pong(n - 1); END $$;
CREATE FUNCTION pong(n integer) RETURNS integer LANGUAGE plpgsql STABLE AS
  $$ BEGIN PERFORM set_config('app.tenant', 'pong', false); IF n < 1 THEN RETURN 0; END IF; RETURN lab.ping(n - 1); END $$;

CREATE VIEW last_number AS SELECT last_value FROM order_numbers;
CREATE FUNCTION last_order_number() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT last_value FROM lab.order_numbers';

-- Writing runs more than stands in the text.
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.created := now(); RETURN NEW; END $$;
CREATE TABLE touched (id integer PRIMARY KEY, created timestamptz);
CREATE TRIGGER touching BEFORE INSERT OR UPDATE ON touched FOR EACH ROW EXECUTE FUNCTION touch();
CREATE FUNCTION enter_on_write() RETURNS trigger LANGUAGE plpgsql AS
  $$ BEGIN EXECUTE format('SET app.tenant TO %L', NEW.id); RETURN NEW; END $$;
CREATE TABLE triggered (id integer PRIMARY KEY);
CREATE TRIGGER entering BEFORE INSERT OR UPDATE ON triggered FOR EACH ROW EXECUTE FUNCTION enter_on_write();
CREATE VIEW triggered_view AS SELECT * FROM triggered;
CREATE TABLE following (id integer REFERENCES touched ON DELETE CASCADE);
CREATE TABLE followed (id integer PRIMARY KEY);
CREATE TABLE follower (id integer REFERENCES followed ON DELETE CASCADE);
CREATE TRIGGER entering AFTER DELETE ON follower FOR EACH ROW EXECUTE FUNCTION enter_on_write();
CREATE TABLE defaulted (id integer, tenant text DEFAULT set_config('app.tenant', 'default', false));
CREATE TABLE ruled (id integer);
CREATE RULE entering AS ON UPDATE TO ruled DO ALSO SELECT lab.enter_tenant('rule');
CREATE TABLE checked (id integer, tenant text CHECK (lab.enter_tenant(tenant) IS NOT NULL));
CREATE TABLE sorted (id integer) PARTITION BY RANGE (id);
CREATE TABLE sorted_1 PARTITION OF sorted FOR VALUES FROM (0) TO (1000);
CREATE TRIGGER entering BEFORE INSERT ON sorted_1 FOR EACH ROW EXECUTE FUNCTION enter_on_write();
CREATE PROCEDURE settle_by_format() LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'SET app.tenant TO settled'; END $$;
