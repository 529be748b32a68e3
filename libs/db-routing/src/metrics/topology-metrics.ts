import { Counter, Gauge, type Registry } from 'prom-client';
import type { NodeRole, NodeState, NodeStatus } from '../cluster/topology/snapshot';
import { removeNode } from './node-series';
import { listen, type ObservedPool, type Stop } from './observed-pool';

const STATES: readonly NodeState[] = ['up', 'lagging', 'suspect', 'down', 'draining', 'unknown'];
const ROLES: readonly NodeRole[] = ['primary', 'replica', 'unknown'];

/**
 * Measures what is known of the nodes at the moment of the scrape. What is unknown has no sample: never zero.
 */
export function observeTopology(pool: ObservedPool, registry: Registry): Stop {
  observeNodes(pool, registry);
  const stops = [countChanges(pool, registry), countFailovers(pool, registry)];
  return () => stops.forEach((stop) => stop());
}

function observeNodes(pool: ObservedPool, registry: Registry): void {
  const registers = [registry];
  const everyNode = <L extends string>(
    gauge: { name: string; help: string; labelNames?: readonly L[] },
    set: (gauge: Gauge<L | 'node'>, node: NodeStatus) => void,
  ): void => {
    new Gauge<L | 'node'>({
      ...gauge,
      labelNames: ['node', ...(gauge.labelNames ?? [])],
      registers,
      collect() {
        this.reset();
        for (const node of pool.topology.nodes) set(this, node);
      },
    });
  };
  everyNode(
    {
      name: 'db_routing_node_state',
      help: '1 for the state that the node is in, 0 for the others. Only up is fit.',
      labelNames: ['state'],
    },
    (gauge, { address: { name: node }, state: current }) => {
      for (const state of STATES) gauge.set({ node, state }, Number(state === current));
    },
  );
  everyNode(
    {
      name: 'db_routing_node_role',
      help: '1 for the role that the node had when it last answered, 0 for the others.',
      labelNames: ['role'],
    },
    (gauge, { address: { name: node }, role: current }) => {
      for (const role of ROLES) gauge.set({ node, role }, Number(role === current));
    },
  );
  everyNode(
    {
      name: 'db_routing_replication_lag_seconds',
      help: 'Upper bound of the age of the newest data of the replica. No sample while it is unknown.',
    },
    (gauge, { address: { name: node }, role, stalenessMs }) => {
      if (role === 'replica' && stalenessMs !== undefined) gauge.set({ node }, stalenessMs / 1_000);
    },
  );
  everyNode(
    {
      name: 'db_routing_replication_lag_bytes',
      help: 'WAL that the primary has flushed and the replica has not replayed. No sample while this is unknown.',
    },
    (gauge, { address: { name: node }, role, lagBytes }) => {
      if (role === 'replica' && lagBytes !== undefined) gauge.set({ node }, lagBytes);
    },
  );
  everyNode(
    { name: 'db_routing_node_timeline', help: 'The timeline that the node is on; a promotion raises it.' },
    (gauge, { address: { name: node }, timeline }) => {
      if (timeline !== undefined) gauge.set({ node }, timeline);
    },
  );
  new Gauge({
    name: 'db_routing_has_primary',
    help: '1 while there is one node that may be written to, else 0.',
    registers,
    collect() {
      this.set(Number(pool.topology.primary !== undefined));
    },
  });
  new Gauge({
    name: 'db_routing_fit_replicas',
    help: 'Replicas that may serve reads.',
    registers,
    collect() {
      this.set(pool.topology.fitReplicas.length);
    },
  });
}

function countChanges(pool: ObservedPool, registry: Registry): Stop {
  const registers = [registry];
  const states = new Counter({
    name: 'db_routing_node_state_changes_total',
    help: 'How often the node came into the state.',
    labelNames: ['node', 'state'],
    registers,
  });
  const roles = new Counter({
    name: 'db_routing_node_role_changes_total',
    help: 'How often the node changed between primary and replica, by what it became.',
    labelNames: ['node', 'role'],
    registers,
  });
  // A role that was unknown in between has not changed by that alone.
  const knownRoles = new Map<string, NodeRole>();
  const note = ({ address: { name: node }, role }: NodeStatus): void => {
    if (role === 'unknown') return;
    const was = knownRoles.get(node);
    if (was !== undefined && was !== role) roles.inc({ node, role });
    knownRoles.set(node, role);
  };
  for (const node of pool.topology.nodes) note(node);
  return listen(pool, 'nodeChange', ({ before, now }) => {
    if (!now) {
      const { name = '' } = before?.address ?? {};
      knownRoles.delete(name);
      void removeNode([states, roles], name);
      return;
    }
    if (before?.state !== now.state) states.inc({ node: now.address.name, state: now.state });
    note(now);
  });
}

function countFailovers(pool: ObservedPool, registry: Registry): Stop {
  let last = pool.topology.primary?.address.name;
  const failovers = new Counter({
    name: 'db_routing_failovers_total',
    help: 'How often another node became the primary.',
    registers: [registry],
  });
  return listen(pool, 'nodeChange', () => {
    const { primary } = pool.topology;
    if (!primary) return;
    const { name } = primary.address;
    // The same server under another of its names is no failover.
    const isSame = last === name || (last !== undefined && primary.aliases?.includes(last));
    if (last !== undefined && !isSame) failovers.inc();
    last = name;
  });
}
