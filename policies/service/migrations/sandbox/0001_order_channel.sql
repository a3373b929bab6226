-- Where an order was placed. Release 1.1.0 writes it; older ones leave it to the default.
-- ops:phase expand

-- Up Migration
ALTER TABLE learning.orders ADD COLUMN channel text;
-- Only from here on: an old row keeps NULL until the backfill comes by, and no row is written anew at once.
ALTER TABLE learning.orders ALTER COLUMN channel SET DEFAULT 'pc';
ALTER TABLE learning.orders ADD CONSTRAINT orders_channel CHECK (channel IN ('pc', 'app', 'wechat')) NOT VALID;

-- Who paid through WeChat ordered there.
-- ops:backfill table=learning.orders key=id batch=2000
UPDATE learning.orders AS o
SET channel = CASE WHEN p.channel = 'wechat' THEN 'wechat' ELSE 'pc' END
FROM learning.orders AS same LEFT JOIN learning.payments AS p ON p.order_id = same.id
WHERE o.id > $1 AND o.id <= $2 AND same.id = o.id AND o.channel IS NULL;

-- ops:new-transaction
ALTER TABLE learning.orders VALIDATE CONSTRAINT orders_channel;

-- ops:no-transaction
CREATE INDEX CONCURRENTLY orders_channel_created ON learning.orders (channel, created_at);

-- Down Migration
-- ops:no-transaction
DROP INDEX CONCURRENTLY learning.orders_channel_created;
ALTER TABLE learning.orders DROP COLUMN channel;
