import { Button } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './BarChart.module.css';
import { DataTable } from './DataTable.tsx';

interface Series {
  name: string;
  tone: 'good' | 'bad';
}

interface Bar {
  /** What tells it from another one of the same name. */
  id?: string;
  name: string;
  /** One for each series, from the bottom up. */
  values: number[];
}

interface Props {
  label: string;
  /** What the bars stand for, as the head of the first column of the table. */
  first: string;
  series: Series[];
  bars: Bar[];
}

const HEIGHT = 120;
const STEP = 24;
const WIDTH = 16;

/** Bars, with the same numbers as a table beside them. A picture alone tells nothing to whoever does not see it. */
export function BarChart({ label, first, series, bars }: Props) {
  const { t } = useTranslation();
  const [isTable, setIsTable] = useState(false);
  const totals = series.map((_, index) => bars.reduce((sum, { values }) => sum + (values[index] ?? 0), 0));
  return (
    <div className={classes.chart}>
      <div className={classes.head}>
        <ul className={classes.legend}>
          {series.map(({ name, tone }, index) => (
            <li key={name} data-tone={tone}>
              {name} <strong translate="no">{totals[index]}</strong>
            </li>
          ))}
        </ul>
        <Button
          size="compact-sm"
          variant="default"
          aria-pressed={isTable}
          onClick={() => setIsTable(!isTable)}
        >
          {t('ui.asTable')}
        </Button>
      </div>
      {isTable ? (
        <DataTable
          label={label}
          columns={[
            { key: 'name', header: first, cell: bar => <span translate="no">{bar.name}</span> },
            ...series.map(({ name }, index) => ({
              key: name,
              header: name,
              cell: (bar: Bar) => <span translate="no">{bar.values[index]}</span>,
            })),
          ]}
          rows={bars}
          rowKey={keyOf}
        />
      ) : (
        <Bars label={label} series={series} bars={bars} />
      )}
    </div>
  );
}

function Bars({ label, series, bars }: Omit<Props, 'first'>) {
  const most = Math.max(1, ...bars.map(({ values }) => values.reduce((sum, value) => sum + value, 0)));
  const heightOf = (value: number) => (value === 0 ? 0 : Math.max(2, (value / most) * HEIGHT));
  return (
    <figure className={classes.figure} translate="no">
      <svg
        viewBox={`0 0 ${bars.length * STEP} ${HEIGHT + 2}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={label}
      >
        {bars.map((bar, at) => (
          <g key={keyOf(bar)}>
            <title>{`${bar.name}: ${bar.values.map((value, index) => `${series[index]?.name} ${value}`).join(', ')}`}</title>
            <rect className={classes.ground} x={at * STEP} y={0} width={STEP} height={HEIGHT} />
            {bar.values.map((value, index) => {
              const below = bar.values.slice(0, index).reduce((sum, each) => sum + heightOf(each), 0);
              return (
                <rect
                  key={series[index]?.name}
                  data-tone={series[index]?.tone}
                  x={at * STEP + (STEP - WIDTH) / 2}
                  y={HEIGHT - below - heightOf(value)}
                  width={WIDTH}
                  height={heightOf(value)}
                />
              );
            })}
          </g>
        ))}
        <line x1={0} x2={bars.length * STEP} y1={HEIGHT + 0.5} y2={HEIGHT + 0.5} />
      </svg>
      <figcaption className={classes.ends}>
        <span>{bars[0]?.name}</span>
        <span>{bars.at(-1)?.name}</span>
      </figcaption>
    </figure>
  );
}

const keyOf = ({ id, name }: Bar) => id ?? name;
