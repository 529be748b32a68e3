CREATE TABLE "author" ("id" serial PRIMARY KEY, "name" text NOT NULL UNIQUE);
--> statement-breakpoint
CREATE TABLE "book" ("id" serial PRIMARY KEY, "title" text NOT NULL, "author_id" integer NOT NULL REFERENCES "author" ("id"), "made_at" timestamptz NOT NULL DEFAULT now());
