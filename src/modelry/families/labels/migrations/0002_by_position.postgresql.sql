-- For lists over all workspaces: the resources with a label in the order in which they were made.
CREATE INDEX labels_by_position ON labels (account_id, resource_type, label_key, label_value, position);
