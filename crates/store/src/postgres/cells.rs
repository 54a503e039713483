//! Our values in PostgreSQL's binary form, and back.

use std::error::Error;

use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, private::BytesMut, to_sql_checked};

use crate::{
    error::{DatabaseFault, StoreError},
    row::Row,
    sql::{Columns, Sql},
    value::Value,
};

impl Value {
    /// The type to declare where the statement is not prepared first. What is null takes the type that its place asks
    /// for.
    pub(super) fn postgres_type(&self) -> Type {
        match self {
            Self::Null => Type::UNKNOWN,
            Self::Text(_) => Type::TEXT,
            Self::Integer(_) => Type::INT8,
            Self::Boolean(_) => Type::BOOL,
            Self::Bytes(_) | Self::Sealed(_) => Type::BYTEA,
            Self::Column(values) => match first_known(values) {
                Some(Self::Integer(_)) => Type::INT8_ARRAY,
                Some(Self::Bytes(_)) => Type::BYTEA_ARRAY,
                Some(Self::Boolean(_)) => Type::BOOL_ARRAY,
                Some(Self::Text(_) | Self::Column(_) | Self::Sealed(_) | Self::Null) | None => Type::TEXT_ARRAY,
            },
        }
    }
}

/// What tells the kind of a column.
fn first_known(values: &[Value]) -> Option<&Value> {
    values.iter().find(|value| !matches!(value, Value::Null))
}

impl ToSql for Value {
    fn to_sql(&self, place: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Text(text) => text.to_sql_checked(place, out),
            // What SQL itself counts with, such as the position of `substr`, is of four bytes.
            Self::Integer(number) if *place == Type::INT4 => i32::try_from(*number)?.to_sql_checked(place, out),
            Self::Integer(number) => number.to_sql_checked(place, out),
            Self::Boolean(answer) => answer.to_sql_checked(place, out),
            Self::Bytes(bytes) => bytes.to_sql_checked(place, out),
            Self::Sealed(sealed) => sealed.bytes().to_sql_checked(place, out),
            Self::Column(values) => values.as_slice().to_sql_checked(place, out),
        }
    }

    fn accepts(_place: &Type) -> bool {
        // Each kind checks for itself.
        true
    }

    to_sql_checked!();
}

impl<'row> FromSql<'row> for Value {
    fn from_sql(kind: &Type, raw: &'row [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        match *kind {
            Type::INT8 => i64::from_sql(kind, raw).map(Self::Integer),
            Type::INT4 => i32::from_sql(kind, raw).map(i64::from).map(Self::Integer),
            Type::BOOL => bool::from_sql(kind, raw).map(Self::Boolean),
            Type::BYTEA => Vec::from_sql(kind, raw).map(Self::Bytes),
            _ => String::from_sql(kind, raw).map(Self::Text),
        }
    }

    fn from_sql_null(_kind: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self::Null)
    }

    fn accepts(kind: &Type) -> bool {
        matches!(*kind, Type::INT8 | Type::INT4 | Type::BOOL | Type::BYTEA | Type::TEXT | Type::VARCHAR)
    }
}

/// Turns the rows of one answer into ours.
pub(super) struct Reader {
    sql: &'static Sql,
    columns: Option<Columns>,
    rows: Vec<Row>,
    problem: Option<tokio_postgres::Error>,
}

impl Reader {
    pub(super) const fn new(sql: &'static Sql) -> Self {
        Self { sql, columns: None, rows: Vec::new(), problem: None }
    }

    /// Takes one row; a problem with it is told at the end, because the answer has to be read to its end first.
    pub(super) fn read(&mut self, row: &tokio_postgres::Row) {
        let names = || row.columns().iter().map(tokio_postgres::Column::name).collect::<Vec<_>>();
        let columns = self.columns.get_or_insert_with(|| self.sql.columns(&names()));
        match (0..row.len()).map(|position| row.try_get(position)).collect() {
            Ok(values) => self.rows.push(Row::new(self.sql, columns.clone(), values)),
            Err(error) => self.problem = Some(error),
        }
    }

    pub(super) fn finish(self) -> Result<Vec<Row>, StoreError> {
        match self.problem {
            None => Ok(self.rows),
            Some(error) => Err(StoreError::Statement {
                statement: self.sql.name(),
                fault: DatabaseFault::new("", format!("a column is not of our types: {error}")),
            }),
        }
    }
}
