package picker

import "strings"

// exact adds the items in which a query stands as it is, written in small
// letters: those that are nothing else, those that begin with it, those with a word that does, those that
// hold it, those found by another word that begins with it.
func exact(items []Item, query string, shown []match) []match {
	var ranks [5][]match
	for i, it := range items {
		title, also := strings.ToLower(it.Title), strings.ToLower(it.Also)
		at := strings.Index(title, query)
		switch {
		case title == query:
			ranks[0] = append(ranks[0], match{i, span(0, len(query))})
		case at == 0:
			ranks[1] = append(ranks[1], match{i, span(0, len(query))})
		case at > 0:
			rank := 3
			if word := strings.Index(title, " "+query); word >= 0 {
				at, rank = word+1, 2
			}
			ranks[rank] = append(ranks[rank], match{i, span(at, len(query))})
		case strings.HasPrefix(also, query) || strings.Contains(also, " "+query):
			ranks[4] = append(ranks[4], match{item: i})
		}
	}
	for _, list := range ranks {
		shown = append(shown, list...)
	}
	return shown
}

// span is n places from one on.
func span(from, n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = from + i
	}
	return list
}
