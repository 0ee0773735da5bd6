#!/usr/bin/env bash
# hyparquet 1.31.5: a DECIMAL column is read as its whole number times a float power of ten, so a value is not the float nearest to what
# the file holds: 0.35 of a DECIMAL(9, 2) comes as 0.35000000000000003, and a text made of it differs from that of pyarrow 22.0.0, which
# wrote the file; of the hundredths from 0.00 to 9.99 129 do. Dividing by the power of ten, which a float holds, gives all of them.
set -euo pipefail
sed -n '2,/^set /s/^# //p' "$0"
cd "$(mktemp -d)"
python3 -m venv venv
venv/bin/pip install --quiet pyarrow==22.0.0
venv/bin/python - << 'P'
from decimal import Decimal
import pyarrow as pa
import pyarrow.parquet as pq
prices = [Decimal(i).scaleb(-2) for i in range(1000)]
pq.write_table(pa.table({'price': pa.array(prices, pa.decimal128(9, 2))}), 'prices.parquet')
pq_read = pq.read_table('prices.parquet').column('price').to_pylist()
print('pyarrow', pa.__version__, 'reads', pq_read[35])
assert pq_read == prices
P
npm init -y > /dev/null
npm install --silent --ignore-scripts hyparquet@1.31.5 hyparquet-compressors@1.1.2
cat > run.mjs << 'J'
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
const rows = await parquetReadObjects({ file: await asyncBufferFromFile('prices.parquet'), compressors });
const differ = rows.filter(({ price }, i) => price !== Number(`${Math.floor(i / 100)}.${String(i % 100).padStart(2, '0')}`));
const divided = rows.filter((_, i) => i / 100 !== Number((i / 100).toFixed(2)));
console.log(`hyparquet reads ${rows[35].price}; ${differ.length} of ${rows.length} differ; by division ${divided.length} would`);
process.exitCode = rows[35].price === 0.35000000000000003 && differ.length === 129 && divided.length === 0 ? 0 : 1;
J
node run.mjs || {
  echo 'The behaviour has changed.' >&2
  exit 1
}
