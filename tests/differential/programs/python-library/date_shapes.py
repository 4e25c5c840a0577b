"""The module datetime and zones."""

import calendar
import datetime
import time
import zoneinfo

DAY = datetime.datetime(2024, 2, 29, 13, 45, 30, 123456)


def arithmetic():
    return [str(DAY + datetime.timedelta(days=1, hours=11)), str(DAY.replace(year=2028)), (DAY - datetime.datetime(2024, 1, 1)).days]


def formats():
    return [DAY.isoformat(" ", "minutes"), DAY.strftime("%d.%m.%y %H:%M %a %b %j %U"), f"{DAY:%Y/%m}", DAY.ctime()]


def parsed():
    return [str(datetime.datetime.strptime("03 Mar 2024 07PM", "%d %b %Y %I%p")), str(datetime.date.fromisoformat("20240229")), str(datetime.time.fromisoformat("04:05"))]


def zones():
    berlin = zoneinfo.ZoneInfo("Europe/Berlin")
    return [datetime.datetime(2024, month, 1, tzinfo=berlin).isoformat() for month in (1, 7)]


def fixed_zone():
    zone = datetime.timezone(datetime.timedelta(hours=-3, minutes=-30))
    return [str(datetime.datetime(2024, 1, 1, tzinfo=zone)), datetime.datetime(2024, 1, 1, tzinfo=zone).timestamp()]


def local_zone():
    return [time.tzname[0], time.timezone, datetime.datetime.fromtimestamp(0).isoformat()]


def comparison_of_kinds():
    return DAY < datetime.datetime.now(datetime.timezone.utc)


def impossible_date():
    return datetime.date(2023, 2, 29)


def bad_format():
    return datetime.datetime.strptime("yesterday", "%Y")


def unknown_zone():
    return zoneinfo.ZoneInfo("Mars/Olympus")


def overflow():
    return datetime.date.max + datetime.timedelta(days=1)


def calendars():
    return [calendar.isleap(2100), calendar.month_name[2], datetime.date(2024, 12, 30).isocalendar()[1], calendar.month(2024, 2)]


def durations():
    length = datetime.timedelta(days=1, seconds=3661, microseconds=5)
    return [str(length), length.total_seconds(), str(-length), length // datetime.timedelta(hours=1)]


def moments():
    return [time.gmtime(0).tm_yday, time.strftime("%Y-%m-%d", time.gmtime(86400)), calendar.timegm((2024, 1, 1, 0, 0, 0))]


def clocks_go_forward():
    first, second = time.monotonic(), time.monotonic()
    return [second >= first, time.time() > 1_700_000_000, time.perf_counter_ns() > 0]
