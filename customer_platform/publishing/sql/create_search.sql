create schema {schema};

create table {schema}.owners (
    entity varchar,
    number uinteger,
    id varchar,
    records uinteger,
    shown varchar
);

create table {schema}.terms (
    term varchar,
    entity varchar,
    attribute varchar,
    is_word boolean,
    number uinteger
);

create table {schema}.words (entity varchar, word varchar, owners uinteger);

create table {schema}.keys (
    value ubigint,
    entity varchar,
    rule varchar,
    number uinteger,
    records uinteger
);

create table {schema}.rules (entity varchar, fingerprint varchar);
