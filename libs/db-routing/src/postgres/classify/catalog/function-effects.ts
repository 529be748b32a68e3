import type { BackendStateEffect, StatementReason } from '../../../engine/statement';

/** What calling a function does beyond returning a value. */
export interface FunctionEffect {
  readonly reason: StatementReason;
  readonly backendState: BackendStateEffect;
  readonly mayDefine?: boolean;
  /** See Finding. */
  readonly outlivesDiscard?: boolean;
}

const table = new Map<string, FunctionEffect>();

function effect(names: string, does: FunctionEffect): void {
  for (const name of names.split(/\s+/)) table.set(name, does);
}

function line(reason: StatementReason, backendState: BackendStateEffect, names: string): void {
  effect(names, { reason, backendState });
}

const DYNAMIC: FunctionEffect = { reason: 'dynamic-sql', backendState: 'changes', mayDefine: true };

// nextval() and setval() leave what currval() and lastval() report.
line('sequence', 'advances', 'nextval setval');
line('sequence', 'uses', 'currval lastval');
// A replica replays sequences 32 numbers at a time, and so is ahead of the primary.
line('sequence', 'none', 'pg_sequence_last_value pg_get_sequence_data');

// Locks that belong to the backend session, and locks that end with the transaction. All of these functions
// *run* on a replica, where they lock nothing that anyone else can see.
line(
  'advisory-lock',
  'changes',
  `pg_advisory_lock pg_advisory_lock_shared pg_try_advisory_lock pg_try_advisory_lock_shared
   pg_advisory_unlock pg_advisory_unlock_shared pg_advisory_unlock_all`,
);
line(
  'advisory-lock',
  'none',
  `pg_advisory_xact_lock pg_advisory_xact_lock_shared pg_try_advisory_xact_lock pg_try_advisory_xact_lock_shared`,
);

line('session-state', 'changes', 'set_config');
effect(
  `setseed pg_replication_origin_session_setup pg_replication_origin_session_reset
   pg_replication_origin_xact_setup pg_replication_origin_xact_reset`,
  { reason: 'session-state', backendState: 'changes', outlivesDiscard: true },
);
// A backup ends with the backend session that began it, and a temporary slot with the one that made it.
effect(
  `pg_backup_start pg_backup_stop pg_create_physical_replication_slot pg_create_logical_replication_slot
   pg_copy_physical_replication_slot pg_copy_logical_replication_slot`,
  { reason: 'administration', backendState: 'changes', outlivesDiscard: true },
);
line(
  'session-state',
  'uses',
  `pg_backend_pid pg_listening_channels pg_cursor pg_prepared_statement pg_export_snapshot
   pg_stat_clear_snapshot pg_get_backend_memory_contexts pg_replication_origin_session_is_setup
   pg_replication_origin_session_progress pg_stat_get_xact_blocks_fetched pg_stat_get_xact_blocks_hit
   pg_stat_get_xact_function_calls pg_stat_get_xact_function_self_time pg_stat_get_xact_function_total_time
   pg_stat_get_xact_numscans pg_stat_get_xact_tuples_deleted pg_stat_get_xact_tuples_fetched
   pg_stat_get_xact_tuples_hot_updated pg_stat_get_xact_tuples_inserted pg_stat_get_xact_tuples_newpage_updated
   pg_stat_get_xact_tuples_returned pg_stat_get_xact_tuples_updated`,
);

line('notification', 'none', 'pg_notify');

line(
  'large-object',
  'none',
  `lo_creat lo_create lo_export lo_from_bytea lo_get lo_import lo_lseek lo_lseek64 lo_open lo_close lo_put lo_tell
   lo_tell64 lo_truncate lo_truncate64 lo_unlink loread lowrite`,
);

// Stable according to pg_proc, yet they assign a transaction id or answer only on a primary.
line(
  'primary-only',
  'none',
  `txid_current pg_current_xact_id pg_current_wal_lsn pg_current_wal_flush_lsn pg_current_wal_insert_lsn
   pg_walfile_name pg_walfile_name_offset pg_last_committed_xact`,
);

// They run SQL from their arguments, or the checks of a domain named there, out of our parser's sight.
effect(
  `query_to_xml query_to_xml_and_xmlschema query_to_xmlschema cursor_to_xml cursor_to_xmlschema table_to_xml
   table_to_xml_and_xmlschema schema_to_xml schema_to_xml_and_xmlschema database_to_xml
   database_to_xml_and_xmlschema ts_stat ts_rewrite pg_input_is_valid pg_input_error_info`,
  DYNAMIC,
);

line(
  'server-file',
  'none',
  `pg_read_file pg_read_binary_file pg_stat_file pg_ls_dir pg_ls_logdir pg_ls_waldir pg_ls_tmpdir
   pg_ls_archive_statusdir pg_ls_logicalmapdir pg_ls_logicalsnapdir pg_ls_replslotdir pg_ls_summariesdir
   pg_current_logfile pg_hba_file_rules pg_ident_file_mappings pg_show_all_file_settings`,
);

line(
  'administration',
  'none',
  `pg_cancel_backend pg_terminate_backend pg_reload_conf pg_rotate_logfile pg_promote pg_switch_wal
   pg_create_restore_point pg_wal_replay_pause pg_wal_replay_resume
   pg_drop_replication_slot pg_replication_slot_advance pg_sync_replication_slots
   pg_logical_slot_get_changes pg_logical_slot_get_binary_changes pg_logical_slot_peek_changes
   pg_logical_slot_peek_binary_changes pg_logical_emit_message pg_log_standby_snapshot
   pg_log_backend_memory_contexts pg_stat_reset pg_stat_reset_shared pg_stat_reset_slru
   pg_stat_reset_single_table_counters pg_stat_reset_single_function_counters pg_stat_reset_replication_slot
   pg_stat_reset_subscription_stats pg_stat_reset_backend_stats pg_stat_force_next_flush
   pg_replication_origin_create pg_replication_origin_drop pg_replication_origin_advance
   pg_import_system_collations
   brin_summarize_new_values brin_summarize_range brin_desummarize_range gin_clean_pending_list`,
);

// Their answers describe the node that runs them. A caller who names no node means the primary, as it was
// before there were replicas.
line(
  'node-local',
  'none',
  `pg_lock_status pg_blocking_pids pg_safe_snapshot_blocking_pids pg_get_replication_slots pg_prepared_xact
   pg_show_replication_origin_status pg_replication_origin_progress pg_notification_queue_usage
   pg_isolation_test_session_is_blocked pg_control_checkpoint pg_control_recovery`,
);

/** Functions of extensions that run SQL from their arguments; pg_proc calls some of them stable. */
const extensionTable: ReadonlySet<string> = new Set(
  `crosstab crosstab2 crosstab3 crosstab4 crosstabn connectby xpath_table dblink dblink_exec dblink_connect
   dblink_connect_u dblink_disconnect dblink_open dblink_fetch dblink_close dblink_send_query dblink_get_result
   dblink_cancel_query`.split(/\s+/),
);

const STATISTICS: FunctionEffect = { reason: 'node-local', backendState: 'none' };

/**
 * Returns the effect of a PostgreSQL function that its volatility does not tell, or tells too broadly;
 * undefined when its volatility says enough.
 */
export function builtinEffect(name: string): FunctionEffect | undefined {
  // Activity counters, which each node keeps for itself. (pg_stats and pg_statistic are replicated tables,
  // not calls.)
  return table.get(name) ?? (name.startsWith('pg_stat_get_') ? STATISTICS : undefined);
}

export function extensionEffect(name: string): FunctionEffect | undefined {
  if (!extensionTable.has(name)) return undefined;
  // Connections of dblink have names, by which the next borrower would find them.
  return name.startsWith('dblink') ? { ...DYNAMIC, outlivesDiscard: true } : DYNAMIC;
}

/**
 * Volatile functions without any effect and with an answer on every node: they give a new value at each call,
 * read files or the state of recovery, or take time.
 */
export const HARMLESS_VOLATILE: ReadonlySet<string> = new Set(
  `random random_normal gen_random_uuid uuidv4 uuidv7 clock_timestamp timeofday array_sample array_shuffle
   pg_sleep pg_sleep_for pg_sleep_until current_query pg_jit_available
   pg_relation_size pg_table_size pg_indexes_size pg_total_relation_size pg_database_size pg_tablespace_size
   pg_partition_tree pg_partition_ancestors
   pg_collation_actual_version pg_database_collation_actual_version pg_control_system pg_control_init
   pg_is_in_recovery pg_last_wal_receive_lsn pg_last_wal_replay_lsn pg_last_xact_replay_timestamp
   pg_is_wal_replay_paused pg_get_wal_replay_pause_state
   uuid_generate_v1 uuid_generate_v1mc uuid_generate_v4 gen_random_bytes gen_salt`.split(/\s+/),
);
