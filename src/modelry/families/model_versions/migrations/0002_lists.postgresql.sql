CREATE INDEX model_versions_by_modified ON model_versions (model_position, gmt_modified, position);

UPDATE models SET
  versions = (SELECT count(*) FROM model_versions v WHERE v.model_position = models.position),
  versions_moved = (SELECT coalesce(max(gmt_modified), 0) FROM model_versions v WHERE v.model_position = models.position)
  WHERE latest_position IS NOT NULL;
