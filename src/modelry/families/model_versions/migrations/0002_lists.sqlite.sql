-- A list of versions filters, sorts and skips in the entries alone: a document takes a page, and would have to be read.
DROP INDEX model_versions_by_model;
CREATE INDEX model_versions_by_model ON model_versions (
  model_position, position, approval_status, source_type, format_type, framework_type, source_id, version_name,
  folded_labels
);
CREATE INDEX model_versions_by_modified ON model_versions (model_position, gmt_modified, position);

UPDATE models SET
  versions = (SELECT count(*) FROM model_versions v WHERE v.model_position = models.position),
  versions_moved = (SELECT coalesce(max(gmt_modified), 0) FROM model_versions v WHERE v.model_position = models.position)
  WHERE latest_position IS NOT NULL;
