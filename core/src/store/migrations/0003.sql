-- Every answer asks which documents are to be erased: hardly any, however many there are.
CREATE INDEX document_leaving ON document (doc) WHERE leaving = 1;
