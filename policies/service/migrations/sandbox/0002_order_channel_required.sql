-- Every order has its channel: all releases since 1.0.0 fill it, the older ones by the column's default.
-- ops:phase contract
-- ops:requires-release >= 1.0.0

-- Up Migration
ALTER TABLE learning.orders ADD CONSTRAINT orders_channel_there CHECK (channel IS NOT NULL) NOT VALID;
-- ops:new-transaction
ALTER TABLE learning.orders VALIDATE CONSTRAINT orders_channel_there;
-- What the CHECK has proven, SET NOT NULL need not read again.
-- ops:new-transaction
ALTER TABLE learning.orders ALTER COLUMN channel SET NOT NULL;
ALTER TABLE learning.orders DROP CONSTRAINT orders_channel_there;

-- Down Migration
ALTER TABLE learning.orders ALTER COLUMN channel DROP NOT NULL;
