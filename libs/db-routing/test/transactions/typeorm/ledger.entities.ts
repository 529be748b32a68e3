import {
  Column,
  Entity,
  EventSubscriber,
  type EntitySubscriberInterface,
  type InsertEvent,
  ManyToOne,
  OneToMany,
  PrimaryGeneratedColumn,
  type Relation,
  UpdateDateColumn,
} from 'typeorm';

@Entity()
export class Account {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column({ type: 'text', unique: true })
  owner!: string;

  @Column({ type: 'int', default: 0 })
  balance!: number;

  @UpdateDateColumn()
  updatedAt!: Date;

  @OneToMany(() => Posting, (posting) => posting.account, { cascade: true, lazy: true })
  postings!: Promise<Relation<Posting>[]>;

  @OneToMany(() => Label, (label) => label.account, { cascade: true, eager: true })
  labels!: Relation<Label>[];
}

@Entity()
export class Posting {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column({ type: 'int' })
  amount!: number;

  @ManyToOne(() => Account, (account) => account.postings)
  account!: Relation<Account>;
}

@Entity()
export class Label {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column({ type: 'text' })
  text!: string;

  @ManyToOne(() => Account, (account) => account.labels)
  account!: Relation<Account>;
}

@Entity()
export class AuditEntry {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column({ type: 'text' })
  what!: string;
}

/** Writes through the event's manager, as TypeORM's documentation recommends. */
@EventSubscriber()
export class AuditSubscriber implements EntitySubscriberInterface<Account> {
  listenTo(): typeof Account {
    return Account;
  }

  async afterInsert(event: InsertEvent<Account>): Promise<void> {
    await event.manager.insert(AuditEntry, { what: `account of ${event.entity.owner}` });
  }
}

export const ledgerEntities = [Account, Posting, Label, AuditEntry];
